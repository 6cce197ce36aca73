/**
 * What the connections of generated KDD Cup 1999 files look like, by label: made up after the task's description, so
 * that the classes can be told apart about as they can there, not measured. How many there are of each label is that
 * of the real files (training: data-investigation.md of CollinM/kdd99; test: counts that add up to the contest's
 * 60,593, 4,166, 229,853, 228 and 16,189 per class). Attacks on SNMP look like questions to a name server, which is what
 * makes them hard.
 */
import given from './kdd-profiles.json' with { type: 'json' };

type Range = readonly [low: number, high: number];

export interface Profile {
  train: number;
  test: number;
  /** What is drawn from; what is more frequent stands there more often. */
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

/** Fields of a profile that are not those of what it is like, or else of an ordinary connection. */
type Own = Partial<Omit<Profile, 'services' | 'flags'>> & {
  like?: string;
  services?: string;
  flags?: string;
};

const groups: Readonly<Record<string, object>> = given.groups;
const protocols: Readonly<Record<string, string>> = given.services;

/** Words of a text, where `http*6` is six times http and a protocol stands for all its services. */
const words = (text: string): string[] =>
  text.split(' ').flatMap((word) => {
    const [name = '', times = '1'] = word.split('*');
    const services = protocols[name];
    return services === undefined ? Array<string>(Number(times)).fill(name) : services.split(' ');
  });

/** Of the 70 services, those that say the protocol. */
export const ICMP_SERVICES = words('icmp');
export const UDP_SERVICES = words('udp');

const completed = ({ like, ...own }: Own): Own =>
  like === undefined
    ? ({ ...given.groups.ordinary, ...own } as Own)
    : { ...completed(groups[like] as Own), ...own };

/** By label; those that the training set has none of are the test set's own. */
export const PROFILES: Readonly<Record<string, Profile>> = Object.fromEntries(
  Object.entries(given.labels).map(([label, own]) => {
    const { services, flags, ...rest } = completed(own as Own);
    return [label, { ...rest, services: words(services!), flags: words(flags!) } as Profile];
  }),
);
