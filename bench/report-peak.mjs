// Loaded into the measured process: leaves the most memory it held (KB) and the CPU it used (ms) in a file.
import { writeFileSync } from 'node:fs';

process.on('exit', () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  const told = { peakKb: maxRSS, cpuMs: (userCPUTime + systemCPUTime) / 1000 };
  writeFileSync(process.env.BENCH_PEAK_FILE, JSON.stringify(told));
});
