export function copyInterviews(options: {
  connection: string;
  signal?: AbortSignal;
  onCommitted?: (seq: string) => void;
}): Promise<void>;
