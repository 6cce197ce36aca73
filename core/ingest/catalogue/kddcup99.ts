/**
 * KDD Cup 1999, intrusion detection: 4,898,431 + 311,029 connections of 41 features and a label, CSV without header.
 * Features and labels: kddcup.names and training_attack_types of kdd.ics.uci.edu/databases/kddcup99. SHA-256 of the
 * compressed files: eli-osherovich/papers_with_code, datasets/kddcup99/dl_config.py, and for the training set
 * scikit-learn's _kddcup99.py, which has the same one.
 */
import type { ColumnSchema } from '../table/schema.ts';
import type { CsvSpec } from './spec.ts';

/** In the order of the contest's cost matrix. */
export const KDD_CLASSES = ['normal', 'probe', 'DoS', 'U2R', 'R2L'] as const;
type KddClass = (typeof KDD_CLASSES)[number];

/**
 * Labels by class, of both sets, those that only the test set has included. The assignment is that of the contest's
 * evaluation (C. Elkan, Results of the KDD'99 Classifier Learning Contest): httptunnel counts as U2R and worm as R2L,
 * with which the test set has its published 60,593, 4,166, 229,853, 228 and 16,189 samples per class.
 */
export const KDD_LABELS: Readonly<Record<KddClass, readonly string[]>> = {
  normal: ['normal'],
  probe: ['ipsweep', 'mscan', 'nmap', 'portsweep', 'saint', 'satan'],
  DoS: [
    'apache2',
    'back',
    'land',
    'mailbomb',
    'neptune',
    'pod',
    'processtable',
    'smurf',
    'teardrop',
    'udpstorm',
  ],
  U2R: ['buffer_overflow', 'httptunnel', 'loadmodule', 'perl', 'ps', 'rootkit', 'sqlattack', 'xterm'],
  R2L: [
    'ftp_write',
    'guess_passwd',
    'imap',
    'multihop',
    'named',
    'phf',
    'sendmail',
    'snmpgetattack',
    'snmpguess',
    'spy',
    'warezclient',
    'warezmaster',
    'worm',
    'xlock',
    'xsnoop',
  ],
};

/** Rows actual, columns predicted; the contest's (kddcup99/task.html). The winner of 1999 had a mean cost of 0.2331. */
export const KDD_COSTS = [
  [0, 1, 2, 2, 2],
  [1, 0, 2, 2, 2],
  [2, 1, 0, 2, 2],
  [3, 2, 2, 0, 2],
  [4, 2, 2, 2, 0],
] as const;

/** Amounts and counts whose largest are orders of magnitude above the usual ones: taken as log(1 + x). */
const LOGARITHMIC = [
  'duration',
  'src_bytes',
  'dst_bytes',
  'hot',
  'num_failed_logins',
  'num_compromised',
  'num_root',
  'num_file_creations',
  'num_access_files',
];
const SYMBOLIC = ['protocol_type', 'service', 'flag'];

/** In the files' order; of those that kddcup.names calls symbolic the ones with 0 and 1 are taken as numbers. */
export const KDD_FEATURES = [
  'duration',
  'protocol_type',
  'service',
  'flag',
  'src_bytes',
  'dst_bytes',
  'land',
  'wrong_fragment',
  'urgent',
  'hot',
  'num_failed_logins',
  'logged_in',
  'num_compromised',
  'root_shell',
  'su_attempted',
  'num_root',
  'num_file_creations',
  'num_shells',
  'num_access_files',
  'num_outbound_cmds',
  'is_host_login',
  'is_guest_login',
  'count',
  'srv_count',
  'serror_rate',
  'srv_serror_rate',
  'rerror_rate',
  'srv_rerror_rate',
  'same_srv_rate',
  'diff_srv_rate',
  'srv_diff_host_rate',
  'dst_host_count',
  'dst_host_srv_count',
  'dst_host_same_srv_rate',
  'dst_host_diff_srv_rate',
  'dst_host_same_src_port_rate',
  'dst_host_srv_diff_host_rate',
  'dst_host_serror_rate',
  'dst_host_srv_serror_rate',
  'dst_host_rerror_rate',
  'dst_host_srv_rerror_rate',
] as const;

function featureColumn(name: string): ColumnSchema {
  if (SYMBOLIC.includes(name)) return { name, type: 'categorical' };
  return LOGARITHMIC.includes(name)
    ? { name, type: 'numeric', transform: 'log1p' }
    : { name, type: 'numeric' };
}

/** Labels stand in the files with a full stop behind them. */
const classOf = Object.fromEntries(
  KDD_CLASSES.flatMap((name) => KDD_LABELS[name].map((label) => [`${label}.`, name])),
);

export const KDDCUP99: CsvSpec = {
  name: 'kddcup99',
  format: 'csv',
  classNames: KDD_CLASSES,
  files: [
    {
      name: 'kddcup.data',
      split: 'train',
      compressed: { sha256: '3b6c942aa0356c0ca35b7b595a26c89d343652c9db428893e7494f837b274292' },
    },
    {
      name: 'corrected',
      split: 'test',
      compressed: { sha256: 'abd8165508378859b07e38537271f0ebf8a4d7319f643188cd7361e939a05c43' },
    },
  ],
  mirrors: [
    'https://kdd.ics.uci.edu/databases/kddcup99/',
    'https://archive.ics.uci.edu/ml/machine-learning-databases/kddcup99-mld/',
  ],
  schema: {
    columns: [...KDD_FEATURES.map(featureColumn), { name: 'label', type: 'categorical' }],
    label: { column: 'label', classes: KDD_CLASSES, classOf },
    scaling: 'minmax',
  },
  costMatrix: KDD_COSTS,
};

export type KddSplit = 'train' | 'test';

/** Rows of the real files. */
export const KDD_ROWS: Readonly<Record<KddSplit, number>> = { train: 4_898_431, test: 311_029 };
