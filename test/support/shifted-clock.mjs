// Preloaded into the program: each SIGUSR2 sets its clock forward or back, as a person or NTP would.
const RealDate = Date;
const step = Number(process.env.CLOCK_SHIFT_MS);
let shift = 0;
process.on('SIGUSR2', () => {
  shift += step;
});
globalThis.Date = class extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(RealDate.now() + shift);
    else super(...given);
  }
  static now() {
    return RealDate.now() + shift;
  }
};
