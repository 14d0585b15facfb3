/** What the made-up company is made of. Addresses are ones that nobody can own (RFC 2606). */
export const offices = [
  { name: 'Bergen', location: 'Bergen, Vestland, Norway' },
  { name: 'Oslo', location: 'Oslo, Oslo, Norway' },
  { name: 'Lisbon', location: 'Lisbon, Portugal' },
  { name: 'Austin', location: 'Austin, TX, USA' },
  { name: 'Remote', location: null },
] as const;

export const departments = ['Nursing', 'Logistics', 'Technology', 'Administration'] as const;

export const stageNames = [
  'Application Review',
  'Phone Screen',
  'Video interview',
  'Onsite',
  'Offer',
] as const;

export const titles = [
  'Ward Coordinator',
  'Physiotherapist',
  'Dispatch Planner',
  'Forklift Driver',
  'Backend Developer',
  'Data Engineer',
  'Payroll Specialist',
  'Office Manager',
  'Recruiting Coordinator',
  'Midwife',
] as const;

export const duties = [
  'You look after up to twelve patients a shift, with a colleague and a doctor on call.',
  'You plan what leaves the warehouse, and who drives it.',
  'You build and run services that people use without noticing them.',
  'You keep the books of four offices in three countries.',
] as const;

export const givenNames = [
  ['Ingrid', 'ingrid'],
  ['Håkon', 'hakon'],
  ['Amara', 'amara'],
  ['Priya', 'priya'],
  ['Zoë', 'zoe'],
  ['Wei', 'wei'],
  ['Lucía', 'lucia'],
  ['Omar', 'omar'],
  ['Małgorzata', 'malgorzata'],
  ['Benjamin', 'benjamin'],
  ['Étienne', 'etienne'],
  ['Çiğdem', 'cigdem'],
  ['Олена', 'olena'],
  ['João', 'joao'],
  ['Aroha', 'aroha'],
  ['健太', 'kenta'],
] as const;

export const familyNames = [
  ['Solbakken', 'solbakken'],
  ["O'Brien", 'obrien'],
  ['Okafor', 'okafor'],
  ['Iyer', 'iyer'],
  ['García Peña', 'garcia'],
  ['Zhang', 'zhang'],
  ['Al-Masri', 'almasri'],
  ['Wójcik', 'wojcik'],
  ['Müller', 'mueller'],
  ['Lefèvre', 'lefevre'],
  ['Yılmaz', 'yilmaz'],
  ['Коваль', 'koval'],
  ['Gonçalves', 'goncalves'],
  ['Parata', 'parata'],
  ['高橋', 'takahashi'],
  ['Hughes', 'hughes'],
] as const;

/** The one board that advertisements are on. */
export const jobBoardId = 4_001_500_001;
