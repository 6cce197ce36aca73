/**
 * Letters for plots as PNG: strokes of a pen, so that they need neither font file nor browser. Drawn for this project on
 * a grid of 6 from the top of capitals to the baseline, small letters beginning at 2 and reaching 2 below the line.
 */

/** Each glyph's strokes, separated by spaces; a stroke is its points, each a digit for x and one for y. */
const GLYPHS: Readonly<Record<string, string>> = {
  '0': '103041453616050110',
  '1': '012026',
  '2': '01103041420646',
  '3': '01103041423313 334445361605',
  '4': '300444 3036',
  '5': '400002324345361605',
  '6': '413010010516364544331304',
  '7': '004016',
  '8': '13020110304142331304051636454433',
  '9': '051636454130100102133342',
  a: '4332120305163645 4246',
  b: '0006 0312324345361605',
  c: '4332120305163645',
  d: '4046 4332120305163645',
  e: '04444332120305163645',
  f: '30201116 0232',
  g: '4332120305163645 4247381807',
  h: '0006 0312324346',
  i: '0206 00',
  j: '121708 10',
  k: '0006 320436',
  l: '0006',
  m: '0206 0312223336 3342526366',
  n: '0206 0312324346',
  o: '123243453616050312',
  p: '0208 0312324345361605',
  q: '4248 4332120305163645',
  r: '0206 031232',
  s: '43321203143445361605',
  t: '10152636 0232',
  u: '0205163645 4246',
  v: '022642',
  w: '0216325662',
  x: '0246 4206',
  y: '0226 4208',
  z: '02420646',
  A: '062046 1434',
  B: '0006 003041423303 3344453606',
  C: '4130100105163645',
  D: '00304145360600',
  E: '40000646 0333',
  F: '400006 0333',
  G: '41301001051636454323',
  H: '0006 4046 0343',
  I: '0006',
  J: '3035261605',
  K: '0006 400446',
  L: '000646',
  M: '0600336066',
  N: '06004640',
  O: '103041453616050110',
  P: '06003041423303',
  Q: '103041453616050110 3446',
  R: '06003041423303 2346',
  S: '413010010213334445361605',
  T: '0040 2026',
  U: '000516364540',
  V: '002640',
  W: '0016325660',
  X: '0046 4006',
  Y: '002340 2326',
  Z: '00400646',
  '.': '06',
  ',': '1607',
  ':': '03 06',
  '-': '0434',
  _: '0747',
  '/': '0640',
  '(': '20111526',
  ')': '00111506',
};
/** What has no glyph is a box. */
const UNKNOWN = '0040460600';
const SPACE_WIDTH = 2.6;
const GAP = 2.1;
/** Letters are narrower than the grid's squares. */
const X_SCALE = 0.78;
/** Height of capitals of the font's size. */
const CAPITAL_HEIGHT = 0.72;
const BASELINE = 6;

type Point = readonly [x: number, y: number];

/** @returns strokes around the origin on the baseline at the text's start, and the text's width; in pixels */
export function textStrokes(text: string, size: number): { strokes: Point[][]; width: number } {
  const unit = (CAPITAL_HEIGHT * size) / BASELINE;
  const strokes: Point[][] = [];
  let left = 0;
  for (const character of text) {
    if (character === ' ') {
      left += SPACE_WIDTH * unit;
      continue;
    }
    let widest = 0;
    for (const stroke of (GLYPHS[character] ?? UNKNOWN).trim().split(' ')) {
      const points: Point[] = [];
      for (let at = 0; at < stroke.length; at += 2) {
        const x = Number(stroke[at]) * X_SCALE;
        widest = Math.max(widest, x);
        points.push([left + x * unit, (Number(stroke[at + 1]) - BASELINE) * unit]);
      }
      strokes.push(points);
    }
    left += (widest + GAP) * unit;
  }
  return { strokes, width: Math.max(0, left - GAP * unit) };
}
