/** What a pickle of NumPy arrays is made of. */

export type PickleValue =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | readonly PickleValue[]
  | Map<string, PickleValue>
  | PickledGlobal
  | PickledDtype
  | PickledArray;

/** The name of an importable object, `module.name`; never imported. */
export class PickledGlobal {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** numpy.dtype. */
export class PickledDtype {
  /** Kind and size, as `f4`. */
  readonly code: string;
  /** `<`, `>`, `=` or `|`; set by its state. */
  byteOrder: string | undefined;

  constructor(code: string) {
    this.code = code;
  }
}

export interface ArrayContent {
  dtype: PickledDtype;
  shape: readonly number[];
  /** Column-major. */
  fortranOrder: boolean;
  data: Uint8Array;
}

/** numpy.ndarray: empty when it is made, then filled by its state. */
export class PickledArray {
  content: ArrayContent | undefined;

  constructor(content?: ArrayContent) {
    this.content = content;
  }
}
