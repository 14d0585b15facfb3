/** What the made-up company is made of. Addresses are ones that nobody can own (RFC 2606). */
export const stages = [
  ['lead-new', 'New lead'],
  ['lead-reached-out', 'Reached out'],
  ['lead-responded', 'Responded'],
  ['applicant-new', 'New applicant'],
  [null, 'Phone screen'],
  [null, 'Video interview'],
  [null, 'On-site interview'],
  ['offer', 'Offer'],
] as const;

export const places = [
  ['Bergen, Vestland', 'NO'],
  ['Oslo', 'NO'],
  ['Austin, TX', 'US'],
  ['Lisbon', 'PT'],
  ['Remote', null],
] as const;

export const titles = [
  'Night-shift Nurse',
  'Warehouse Team Lead',
  'Head of Nursing',
  'Remote Data Engineer',
  'Summer Temp',
  'Ward Coordinator',
  'Physiotherapist',
  'Dispatch Planner',
  'Payroll Specialist',
  'Midwife',
] as const;

export const reasons = [
  ['Hired', 'hired'],
  ['Underqualified', 'non-hired'],
  ['Withdrew', 'non-hired'],
] as const;

export const colleagues = ['Solveig Berge', 'Tunde Bello', 'Chloe Walker', 'Rohan Menon'] as const;

/** Names, with what stands for them in addresses. */
export const people = [
  ['Ingrid Solbakken', 'ingrid.solbakken'],
  ["Seán O'Brien", 'sean.obrien'],
  ['Amara Okafor', 'amara.okafor'],
  ['Priya Iyer', 'priya.iyer'],
  ['Lucía García Peña', 'lucia.garcia'],
  ['Wei Zhang', 'wei.zhang'],
  ['Małgorzata Wójcik', 'malgorzata.wojcik'],
  ['Zoë Müller', 'zoe.mueller'],
  ['Олена Коваль', 'olena.koval'],
  ['健太 高橋', 'kenta.takahashi'],
] as const;
