/** Names by where they are usual. `Shown|plain`: the second half is how the name goes into an address. */
interface Naming {
  given: string;
  family: string;
  /** The family name comes first. */
  familyFirst?: boolean;
}

const namings: Naming[] = [
  {
    given: 'Ingrid Magnus Solveig Håkon|hakon Astrid Sindre Marit Eirik Ragnhild Torbjørn Kari Øyvind|oyvind',
    family: 'Hansen Berge Solbakken Lie Strand Haugen Nygård Fjeld Moen Tveit Sæther Bø|bo',
  },
  {
    given: 'Amara Chinedu Ngozi Tunde Adaeze Emeka Folake Ibrahim Zainab Obinna Yetunde Sade',
    family: 'Okafor Adeyemi Balogun Eze Nwosu Okonkwo Bello Afolabi Danjuma Uche Olawale Musa',
  },
  {
    given: 'Priya Arjun Meera Rohan Ananya Vikram Kavya Sanjay Divya Aditya Lakshmi Nikhil',
    family: 'Sharma Iyer Patel Reddy Nair Banerjee Gupta Kulkarni Menon Chatterjee Rao Joshi',
  },
  {
    given: 'Wei Xiaoming Meiling Jian Yuxin Haoran Lihua Zihan Qiang Ruolan Tao Fang',
    family: 'Wang Li Zhang Chen Liu Zhao Huang Zhou Wu Xu Sun Guo',
    familyFirst: true,
  },
  {
    given: '陽子|yoko 健太|kenta 美咲|misaki 大輔|daisuke さくら|sakura 翔太|shota 直美|naomi 和也|kazuya',
    family:
      '佐藤|sato 鈴木|suzuki 高橋|takahashi 田中|tanaka 渡辺|watanabe 山本|yamamoto 中村|nakamura 小林|kobayashi',
    familyFirst: true,
  },
  {
    given: 'María José|jose Lucía Javier Camila Mateo Valentina Andrés Sofía Iñigo Ximena Raúl',
    family: 'García Fernández Muñoz Rodríguez Peña Ibáñez Castillo Núñez Ortega Vargas Jiménez Salazar',
  },
  {
    given: 'Fatima Omar Layla Youssef Mariam Khalid Nour Hassan Amina Tariq Salma Rami',
    family: 'Haddad Al-Masri|almasri Khoury Mansour Nasser Rahman Aziz Farouk Saleh Hamdan Qasim Bitar',
  },
  {
    given: 'Agnieszka Piotr Zofia Łukasz Małgorzata Tomasz Katarzyna Wojciech Hanna Paweł Ewa Jakub',
    family:
      'Nowak Wiśniewska Kowalczyk Zieliński Wójcik Lewandowska Dąbrowski Król Pawlak Sikora Wróbel Mazur',
  },
  {
    given: 'Emily James Olivia Thomas Charlotte Daniel Grace Samuel Hannah Benjamin Chloe Oliver',
    family: "Carter Mitchell Hughes O'Brien|obrien Walker Bennett Foster Ross Simmons Doyle Perry Whitfield",
  },
  {
    given: 'Léa Antoine Camille Étienne|etienne Manon Hugo Élodie|elodie Julien Margaux Théo Inès Rémi',
    family: 'Dubois Lefèvre Moreau Girard Bonnet Fournier Chevalier Roche Gauthier Perrin Mercier Blanchet',
  },
  {
    given:
      'Lena Jonas Sophie Maximilian Jürgen|juergen Annika Tobias Käthe|kaethe Felix Greta Moritz Hannelore',
    family:
      'Müller|mueller Schäfer|schaefer Weiß|weiss Hoffmann Krüger|krueger Vogel Lorenz Brandt Köhler|koehler Busch',
  },
  {
    given: 'Ayşe Mehmet Zeynep Emre Elif Burak Çiğdem Ozan Şule Kerem Derya Tolga',
    family: 'Yılmaz Demir Şahin Çelik Aydın Öztürk Kılıç Arslan Doğan Koç Polat Erdem',
  },
  {
    given: 'Олена|olena Дмитро|dmytro Ірина|iryna Андрій|andrii Наталія|nataliia Богдан|bohdan Оксана|oksana',
    family:
      'Шевченко|shevchenko Коваль|koval Бондар|bondar Мельник|melnyk Лисенко|lysenko Гриценко|hrytsenko',
  },
  {
    given: 'Ana João Beatriz Tiago Mariana Rafael Luísa Gonçalo Larissa Caio Helena Vinícius',
    family: 'Silva Pereira Carvalho Araújo Monteiro Gonçalves Teixeira Barbosa Figueiredo Lopes Simões Prado',
  },
  {
    given: 'Leilani Tama Aroha Sione Mele Wiremu Hina Kahu Tavita Moana',
    family: 'Tuilagi Parata Kamaka Fonoti Ngata Tamihana Latu Faleolo Paea Kealoha',
  },
];

export interface Name {
  shown: string;
  /** `given.family` in ASCII. */
  address: string;
}

const letters: Record<string, string> = {
  ø: 'o',
  æ: 'ae',
  å: 'a',
  ł: 'l',
  ß: 'ss',
  ı: 'i',
  đ: 'd',
};

function plain(name: string): string {
  return name
    .toLowerCase()
    .replace(/[øæåłßıđ]/g, (letter) => letters[letter]!)
    .normalize('NFD')
    .replace(/[^a-z]/g, '');
}

function namesOf(naming: Naming): Name[] {
  const parts = (text: string) =>
    text.split(' ').map((entry) => {
      const [shown, address] = entry.split('|') as [string, string | undefined];
      return { shown, address: address ?? plain(shown) };
    });
  return parts(naming.given).flatMap((given) =>
    parts(naming.family).map((family) => ({
      shown: naming.familyFirst ? `${family.shown} ${given.shown}` : `${given.shown} ${family.shown}`,
      address: `${given.address}.${family.address}`,
    })),
  );
}

/** Some 1,900 names. */
export const names: Name[] = namings.flatMap(namesOf);

/** Domains nobody can own (RFC 2606). */
export const mailDomains = [
  'example.com',
  'example.org',
  'example.net',
  'mail.example.com',
  'post.example.org',
  'inbox.example.net',
];
