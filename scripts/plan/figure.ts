/** Something measured for docs/scaling.md. */
export interface Figure {
  what: string;
  value: number;
  unit: string;
}
