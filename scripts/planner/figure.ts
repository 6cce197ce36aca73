/** Something measured for docs/scaling.md. */
export interface Figure {
  /** Short name, by which predictions find it. */
  id: string;
  what: string;
  value: number;
  unit: string;
}
