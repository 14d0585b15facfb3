/** What jobs there are, where, what their advertisements say and what candidates are asked. */
export interface Trade {
  titles: string[];
  duties: string[];
  questions: string[];
}

export const trades: Trade[] = [
  {
    titles: ['Night-shift Nurse', 'Registered Nurse', 'Midwife', 'Physiotherapist', 'Ward Coordinator'],
    duties: [
      'You look after up to twelve patients a shift, together with a colleague and a doctor on call.',
      'Handovers are written, short and on time; nobody leaves before the next shift knows what matters.',
      'You give medication, watch over recovery after surgery and talk with families.',
    ],
    questions: [
      'Tell us about a shift that went wrong and what you did.',
      'How do you keep your concentration towards the end of a night?',
      'A relative is upset about the care of a patient. What do you say?',
      'Which parts of nursing would you like to learn more about?',
    ],
  },
  {
    titles: ['Forklift Driver', 'Warehouse Team Lead', 'Dispatch Planner', 'Goods-in Clerk', 'Night Loader'],
    duties: [
      'You unload, book in and store what arrives between six in the morning and two in the afternoon.',
      'Every pallet is scanned; differences are cleared up the same day.',
      'You help the team next door when a lorry is late and theirs is not.',
    ],
    questions: [
      'Which licences do you hold, and since when?',
      'How do you plan a day with three lorries and two docks?',
      'Describe a near miss you saw and what came of it.',
    ],
  },
  {
    titles: [
      'Backend Developer',
      'Data Engineer',
      'Site Reliability Engineer',
      'QA Engineer',
      'Mobile Developer',
    ],
    duties: [
      'You build and run services that a few million people use without noticing them.',
      'Code is reviewed by two colleagues, and whoever wrote it also watches it in production.',
      'A week of on-call comes round every eight weeks and is paid.',
      'We write things down: decisions, incidents, and what we would do differently.',
    ],
    questions: [
      'Walk us through a system you built and what you would change today.',
      'How did you find the hardest bug of last year?',
      'What do you look for when you review a change?',
      'When did you last decide against building something?',
    ],
  },
  {
    titles: [
      'Account Manager',
      'Sales Development Representative',
      'Key Account Lead',
      'Inside Sales Specialist',
    ],
    duties: [
      'You own about forty customers, from the first renewal to the last.',
      'A good quarter is one in which nobody was surprised, neither the customer nor the forecast.',
      'You travel two or three days a month.',
    ],
    questions: [
      'Tell us about a customer you nearly lost.',
      'How do you prepare a first call?',
      'What does a good forecast look like to you?',
    ],
  },
  {
    titles: ['Line Cook', 'Sous Chef', 'Restaurant Manager', 'Pastry Chef', 'Barista'],
    duties: [
      'You run a station for ninety covers on a Friday night.',
      'The menu changes with the season; you bring a dish of your own every month.',
      'Kitchen and floor eat together before service.',
    ],
    questions: [
      'Which dish would you cook for us, and why?',
      'How do you bring a new colleague up to speed in a busy week?',
      'What did you change in the last kitchen you worked in?',
    ],
  },
  {
    titles: ['Primary School Teacher', 'Kindergarten Assistant', 'Maths Teacher', 'School Librarian'],
    duties: [
      'You teach a class of twenty-four together with an assistant.',
      'Parents hear from you before they have to ask.',
      'You plan lessons with the colleagues of the same year and share what worked.',
    ],
    questions: [
      'Describe a lesson you are proud of.',
      'How do you reach a child that has given up on your subject?',
      'What would a colleague say about working with you?',
    ],
  },
  {
    titles: ['Bookkeeper', 'Payroll Specialist', 'Financial Controller', 'Tax Associate'],
    duties: [
      'You close the month by the fourth working day, and know why each figure moved.',
      'Payroll for three countries goes out on time, every time.',
      'You explain figures to people who do not like figures.',
    ],
    questions: [
      'How do you make sure that a closing is right, not only done?',
      'Tell us about an error you found that nobody had looked for.',
      'Which part of your work would you automate first?',
    ],
  },
  {
    titles: ['Electrician', 'Wind Turbine Technician', 'Service Mechanic', 'Welder', 'Site Foreman'],
    duties: [
      'You travel to sites within two hours and are home in the evening.',
      'Nothing is switched on before two people have checked it.',
      'You document your work with pictures and readings, on the spot.',
    ],
    questions: [
      'How do you decide that a job is too dangerous to start?',
      'Describe a repair where the cause was not where it seemed to be.',
      'Which certificates do you hold, and which do you want next?',
    ],
  },
  {
    titles: ['Customer Support Agent', 'Support Team Lead', 'Hotel Receptionist', 'Community Manager'],
    duties: [
      'You answer about fifty people a day, in two languages, and each of them as if they were the first.',
      'What keeps coming back goes to the people who can remove its cause.',
      'Late shifts end at ten; nobody works more than two a week.',
    ],
    questions: [
      'Tell us about the most difficult conversation you had with a customer.',
      'How do you say no?',
      'What would you want to know about us before you start?',
    ],
  },
];

export const openings = [
  'We are looking for somebody who likes things to work.',
  'The team has grown faster than planned, and now it needs you.',
  'A colleague retires in spring, and her place is not easily filled.',
  'This is a new position; you will help to decide what it becomes.',
];

export const closings = [
  'You get thirty days of leave, a fair salary that we name in the first conversation, and time to learn. Applications are answered within a week, by a person.',
  'The salary is on the scale that everybody here can read. Part time is possible from sixty per cent. Tell us what you need, and we will see what we can do.',
  'We offer a permanent contract, a contribution to your ticket or your bicycle, and colleagues who stay. If you are not sure whether you fit, apply anyway.',
];

export const cities = [
  'Bergen, Norway',
  'Oslo, Norway',
  'Rotterdam, Netherlands',
  'Utrecht, Netherlands',
  'Chicago, IL, USA',
  'Austin, TX, USA',
  'Portland, OR, USA',
  'Cleveland, OH, USA',
  'Toronto, ON, Canada',
  'Montréal, QC, Canada',
  'Lagos, Nigeria',
  'Nairobi, Kenya',
  'Cape Town, South Africa',
  'Pune, India',
  'Bengaluru, India',
  'Kraków, Poland',
  'Gdańsk, Poland',
  'Lisboa, Portugal',
  'São Paulo, Brazil',
  'Ciudad de México, Mexico',
  'Medellín, Colombia',
  'Lyon, France',
  'Leipzig, Germany',
  'Köln, Germany',
  'Graz, Austria',
  'Leeds, UK',
  'Glasgow, UK',
  'Galway, Ireland',
  'Osaka, Japan',
  'Singapore',
  'Melbourne, VIC, Australia',
  'Wellington, New Zealand',
  'İzmir, Turkey',
  'Amman, Jordan',
  'Львів, Ukraine',
];

export const questionSetNames = [
  'First impression',
  'Shift work basics',
  'Technical screening',
  'Customer conversations',
  'Leadership, short form',
  'Kitchen and floor',
  'Graduates',
  'Values',
];

export const reviewers = [
  'Head of Department',
  'Hiring Committee',
  'Regional Director',
  'Works Council',
  'External Assessor',
];
