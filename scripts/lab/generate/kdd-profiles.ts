/**
 * What the connections of generated KDD Cup 1999 files look like, by label: made up after the task's description, so
 * that the classes can be told apart about as they can there, not measured. How many there are of each label is that
 * of the real files (training: data-investigation.md of CollinM/kdd99; test: counts that add up to the contest's
 * 60,593, 4,166, 229,853, 228 and 16,189 per class).
 */

type Range = readonly [low: number, high: number];

export interface Profile {
  train: number;
  test: number;
  services: readonly string[];
  flags: readonly string[];
  duration: Range;
  sent: Range;
  received: Range;
  /** Probability that somebody is logged in. */
  loggedIn: number;
  hot: Range;
  failedLogins: Range;
  compromised: Range;
  rootShell: number;
  guest: number;
  fragments: Range;
  /** Connections to the same host, and the share of the same service. */
  count: Range;
  sameService: Range;
  hostCount: Range;
  hostSameService: Range;
}

/** Of the 70 services, those that say the protocol. */
export const ICMP_SERVICES = ['eco_i', 'ecr_i', 'red_i', 'tim_i', 'urh_i', 'urp_i'];
export const UDP_SERVICES = ['domain_u', 'ntp_u', 'tftp_u'];
const TCP_SERVICES = (
  'IRC X11 Z39_50 aol auth bgp courier csnet_ns ctf daytime discard domain echo efs exec finger ftp ftp_data ' +
  'gopher harvest hostnames http http_2784 http_443 http_8001 imap4 iso_tsap klogin kshell ldap link login mtp ' +
  'name netbios_dgm netbios_ns netbios_ssn netstat nnsp nntp other pm_dump pop_2 pop_3 printer private ' +
  'remote_job rje shell smtp sql_net ssh sunrpc supdup systat telnet time uucp uucp_path vmnet whois'
).split(' ');

const ORDINARY: Omit<Profile, 'train' | 'test'> = {
  services: [
    ...['http', 'http', 'http', 'http', 'http', 'http', 'smtp', 'smtp', 'domain_u', 'domain_u'],
    ...['ftp_data', 'ftp', 'telnet', 'finger', 'auth', 'ntp_u', 'eco_i', 'urp_i', 'other', 'private'],
    ...['pop_3', 'IRC', 'X11', 'time', 'tim_i', 'red_i', 'urh_i', 'tftp_u', 'ssh', 'domain'],
  ],
  flags: ['SF', 'SF', 'SF', 'SF', 'SF', 'SF', 'SF', 'S1', 'S2', 'S3', 'REJ', 'RSTO'],
  duration: [0, 30],
  sent: [100, 2000],
  received: [200, 20_000],
  loggedIn: 0.8,
  hot: [0, 0],
  failedLogins: [0, 0],
  compromised: [0, 0],
  rootShell: 0,
  guest: 0,
  fragments: [0, 0],
  count: [1, 20],
  sameService: [0.8, 1],
  hostCount: [1, 255],
  hostSameService: [0.6, 1],
};

const FLOOD = {
  duration: [0, 0],
  received: [0, 0],
  loggedIn: 0,
  count: [200, 511],
  hostCount: [255, 255],
} as const;
const SCAN = {
  duration: [0, 2],
  sent: [0, 20],
  received: [0, 10],
  loggedIn: 0,
  sameService: [0, 0.2],
  hostSameService: [0, 0.15],
} as const;
const BREAK_IN = {
  services: ['telnet', 'ftp', 'ftp_data'],
  flags: ['SF'],
  duration: [20, 400],
  count: [1, 3],
  hostCount: [1, 40],
} as const;
const TO_ROOT = { ...BREAK_IN, hot: [1, 6], compromised: [1, 8], rootShell: 0.9, loggedIn: 1 } as const;
const FROM_REMOTE = { ...BREAK_IN, sent: [100, 1500], received: [1000, 6000], loggedIn: 0.9 } as const;
/** Looks like a question to a name server, which is what makes it hard. */
const SNMP = {
  ...BREAK_IN,
  services: ['private', 'domain_u'],
  duration: [0, 0],
  sent: [100, 110],
  received: [100, 150],
  loggedIn: 0,
  hostCount: [200, 255],
} as const;

const SYN_FLOOD = {
  ...FLOOD,
  flags: ['S0', 'S0', 'S0', 'REJ'],
  sent: [0, 0],
  sameService: [0, 0.1],
  hostSameService: [0, 0.1],
} as const;
const ECHO_FLOOD = { ...FLOOD, services: ['ecr_i'], flags: ['SF'], sent: [500, 1100] } as const;

const profile = (train: number, test: number, own: Partial<Profile> = {}): Profile => ({
  ...ORDINARY,
  ...own,
  train,
  test,
});

/** By label; those that the training set has none of are the test set's own. */
export const PROFILES: Readonly<Record<string, Profile>> = {
  smurf: profile(2_807_886, 164_091, ECHO_FLOOD),
  neptune: profile(1_072_017, 58_001, {
    ...SYN_FLOOD,
    services: [...TCP_SERVICES, ...Array<string>(60).fill('private')],
  }),
  normal: profile(972_781, 60_593),
  satan: profile(15_892, 1633, {
    ...SCAN,
    services: [...TCP_SERVICES, ...UDP_SERVICES],
    flags: ['REJ', 'SF'],
  }),
  ipsweep: profile(12_481, 306, {
    ...SCAN,
    services: ['eco_i'],
    flags: ['SF'],
    sent: [8, 8],
    count: [1, 2],
  }),
  portsweep: profile(10_413, 354, {
    ...SCAN,
    services: TCP_SERVICES,
    flags: ['REJ', 'RSTR', 'RSTOS0', 'OTH', 'SH'],
  }),
  nmap: profile(2316, 84, { ...SCAN, services: ['eco_i', 'private', 'http'], flags: ['SH', 'SF'] }),
  back: profile(2203, 1098, {
    services: ['http'],
    flags: ['SF', 'RSTR'],
    sent: [54_000, 55_000],
    received: [8000, 8400],
    loggedIn: 1,
    hot: [2, 2],
    compromised: [1, 1],
  }),
  warezclient: profile(1020, 0, { ...FROM_REMOTE, hot: [2, 30], guest: 0.9 }),
  teardrop: profile(979, 12, {
    ...FLOOD,
    services: ['private', 'domain_u'],
    flags: ['SF'],
    sent: [28, 28],
    fragments: [3, 3],
    count: [20, 120],
  }),
  pod: profile(264, 87, { ...ECHO_FLOOD, sent: [1480, 1480], fragments: [1, 1], count: [1, 10] }),
  guess_passwd: profile(53, 4367, {
    ...FROM_REMOTE,
    services: ['telnet', 'pop_3'],
    duration: [0, 5],
    sent: [100, 140],
    received: [150, 350],
    failedLogins: [1, 5],
    loggedIn: 0,
  }),
  buffer_overflow: profile(30, 22, TO_ROOT),
  land: profile(21, 9, { ...SYN_FLOOD, services: ['finger', 'telnet'], count: [1, 3] }),
  warezmaster: profile(20, 1602, { ...FROM_REMOTE, services: ['ftp'], hot: [18, 30], guest: 0.5 }),
  imap: profile(12, 1, { ...FROM_REMOTE, services: ['imap4'] }),
  rootkit: profile(10, 13, TO_ROOT),
  loadmodule: profile(9, 2, TO_ROOT),
  ftp_write: profile(8, 3, { ...FROM_REMOTE, hot: [1, 4] }),
  multihop: profile(7, 18, { ...FROM_REMOTE, hot: [1, 8], compromised: [0, 3] }),
  phf: profile(4, 2, { ...FROM_REMOTE, services: ['http'], sent: [50, 60], hot: [1, 1], rootShell: 0.5 }),
  perl: profile(3, 2, TO_ROOT),
  spy: profile(2, 0, FROM_REMOTE),
  snmpgetattack: profile(0, 7741, SNMP),
  mailbomb: profile(0, 5000, {
    services: ['smtp'],
    sent: [2500, 2700],
    received: [320, 340],
    count: [50, 300],
  }),
  snmpguess: profile(0, 2406, SNMP),
  mscan: profile(0, 1053, { ...SCAN, services: TCP_SERVICES, flags: ['REJ', 'S0', 'RSTO'] }),
  apache2: profile(0, 794, { services: ['http'], flags: ['S3', 'RSTR', 'SF'], sent: [20_000, 60_000] }),
  processtable: profile(0, 759, { ...SYN_FLOOD, services: ['telnet', 'smtp'], duration: [300, 5000] }),
  saint: profile(0, 736, { ...SCAN, services: TCP_SERVICES, flags: ['REJ', 'SF'] }),
  httptunnel: profile(0, 158, { ...TO_ROOT, services: ['http', 'other'] }),
  named: profile(0, 17, { ...FROM_REMOTE, services: ['domain'] }),
  sendmail: profile(0, 17, { ...FROM_REMOTE, services: ['smtp'] }),
  ps: profile(0, 16, TO_ROOT),
  xterm: profile(0, 13, TO_ROOT),
  xlock: profile(0, 9, { ...FROM_REMOTE, services: ['X11', 'IRC'] }),
  xsnoop: profile(0, 4, { ...FROM_REMOTE, services: ['X11'] }),
  sqlattack: profile(0, 2, TO_ROOT),
  udpstorm: profile(0, 2, { ...FLOOD, services: ['private'], flags: ['SF'], sent: [1, 3] }),
  worm: profile(0, 2, FROM_REMOTE),
};
