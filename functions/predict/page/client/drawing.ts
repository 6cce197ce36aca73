/** The drawing area: strokes by mouse, finger, pen or keyboard, or an uploaded image; light ink on dark ground. */

/** Of the canvas, in its own pixels; MNIST's strokes are about a tenth of the digit's height wide. */
const PEN_WIDTH = 20;
const KEY_STEP = 4;
const KEY_LEAP = 20;
/** Of an image that the network is shown; a photograph's other pixels would be averaged away anyway. */
const LARGEST_SIDE = 1024;
const GROUND = '#000';
const INK = '#fff';

type Point = { x: number; y: number };

export class Drawing {
  readonly #canvas: HTMLCanvasElement;
  /** What the network is shown: the visible canvas has the keyboard's pen besides. */
  readonly #paper: OffscreenCanvas;
  readonly #changed: () => void;
  #strokes: Point[][] = [];
  #image: ImageBitmap | undefined;
  /** Pointer or key that draws the last stroke. */
  #penDown: number | 'key' | undefined;
  #cursor: Point;

  /** @param changed called after each change of what is drawn */
  constructor(canvas: HTMLCanvasElement, changed: () => void) {
    this.#canvas = canvas;
    this.#paper = new OffscreenCanvas(canvas.width, canvas.height);
    this.#changed = changed;
    this.#cursor = { x: canvas.width / 2, y: canvas.height / 2 };
    canvas.addEventListener('pointerdown', (event) => this.#onPointerDown(event));
    canvas.addEventListener('pointermove', (event) => this.#onPointerMove(event));
    for (const end of ['pointerup', 'pointercancel'] as const) {
      canvas.addEventListener(end, (event) => {
        if (event.pointerId === this.#penDown) this.#penDown = undefined;
      });
    }
    canvas.addEventListener('keydown', (event) => this.#onKey(event));
    for (const event of ['focus', 'blur'] as const) canvas.addEventListener(event, () => this.#paint());
    this.#paint();
  }

  get isEmpty(): boolean {
    return this.#strokes.length === 0 && this.#image === undefined;
  }

  /** Red, green, blue and alpha of what is drawn; of an image by itself, without the paper around it. */
  read(): ImageData {
    if (this.#image !== undefined) return pixelsOf(this.#image);
    const { width, height } = this.#paper;
    return contextOf(this.#paper).getImageData(0, 0, width, height);
  }

  clear(): void {
    this.#strokes = [];
    this.#image = undefined;
    this.#penDown = undefined;
    this.#update();
  }

  undo(): void {
    if (this.#strokes.pop() === undefined) this.#image = undefined;
    this.#penDown = undefined;
    this.#update();
  }

  /** Takes the place of what was drawn. */
  showImage(image: ImageBitmap): void {
    this.clear();
    this.#image = image;
    this.#update();
  }

  #onPointerDown(event: PointerEvent): void {
    if (event.button !== 0 || this.#penDown !== undefined) return;
    this.#canvas.setPointerCapture(event.pointerId);
    this.#begin(event.pointerId, this.#place(event));
  }

  #onPointerMove(event: PointerEvent): void {
    if (event.pointerId !== this.#penDown) return;
    // Fast strokes have more points than frames; Safari before 18.2 doesn't tell them.
    const events = event.getCoalescedEvents?.() ?? [];
    for (const each of events.length > 0 ? events : [event]) this.#strokes.at(-1)!.push(this.#place(each));
    this.#update();
  }

  #onKey(event: KeyboardEvent): void {
    const step = event.shiftKey ? KEY_LEAP : KEY_STEP;
    const moves: Record<string, Point> = {
      ArrowLeft: { x: -step, y: 0 },
      ArrowRight: { x: step, y: 0 },
      ArrowUp: { x: 0, y: -step },
      ArrowDown: { x: 0, y: step },
    };
    const move = moves[event.key];
    if (move !== undefined) this.#moveCursor(move);
    else if (event.key === ' ') this.#togglePen();
    else if (event.key === 'Delete' || event.key === 'Backspace') this.clear();
    else if (event.key === 'z' && (event.ctrlKey || event.metaKey)) this.undo();
    else return;
    event.preventDefault();
  }

  #moveCursor(by: Point): void {
    const { width, height } = this.#canvas;
    const within = (value: number, end: number) => Math.min(Math.max(value, 0), end);
    this.#cursor = { x: within(this.#cursor.x + by.x, width), y: within(this.#cursor.y + by.y, height) };
    if (this.#penDown === 'key') {
      this.#strokes.at(-1)!.push(this.#cursor);
      this.#update();
    } else this.#paint();
  }

  #togglePen(): void {
    if (this.#penDown === 'key') {
      this.#penDown = undefined;
      this.#paint();
    } else if (this.#penDown === undefined) this.#begin('key', this.#cursor);
  }

  #begin(pen: number | 'key', at: Point): void {
    // What is drawn on an image would be of another kind than the image.
    this.#image = undefined;
    this.#penDown = pen;
    this.#strokes.push([at]);
    this.#update();
  }

  /** A pointer's place in the canvas' own pixels. */
  #place({ clientX, clientY }: PointerEvent): Point {
    const { left, top, width, height } = this.#canvas.getBoundingClientRect();
    return {
      x: ((clientX - left) / width) * this.#canvas.width,
      y: ((clientY - top) / height) * this.#canvas.height,
    };
  }

  #update(): void {
    this.#paint();
    this.#changed();
  }

  #paint(): void {
    const { width, height } = this.#paper;
    const context = contextOf(this.#paper);
    context.fillStyle = GROUND;
    context.fillRect(0, 0, width, height);
    if (this.#image !== undefined) drawCentred(context, this.#image);
    context.strokeStyle = INK;
    context.lineWidth = PEN_WIDTH;
    context.lineCap = 'round';
    context.lineJoin = 'round';
    for (const [first, ...rest] of this.#strokes) {
      context.beginPath();
      context.moveTo(first!.x, first!.y);
      // A line without length leaves nothing, but a touch of the pen leaves a dot.
      if (rest.length === 0) context.lineTo(first!.x + 0.01, first!.y);
      for (const { x, y } of rest) context.lineTo(x, y);
      context.stroke();
    }
    const visible = this.#canvas.getContext('2d')!;
    visible.drawImage(this.#paper, 0, 0);
    if (this.#canvas.matches(':focus-visible') || this.#penDown === 'key') this.#paintCursor(visible);
  }

  #paintCursor(context: CanvasRenderingContext2D): void {
    context.beginPath();
    context.arc(this.#cursor.x, this.#cursor.y, PEN_WIDTH / 2, 0, 2 * Math.PI);
    context.lineWidth = 2;
    context.strokeStyle = '#7db2ff';
    context.stroke();
    if (this.#penDown !== 'key') return;
    context.fillStyle = '#7db2ff';
    context.fill();
  }
}

const contextOf = (paper: OffscreenCanvas) => paper.getContext('2d', { willReadFrequently: true })!;

/** Red, green, blue and alpha of an image, reduced where it is large. */
export function pixelsOf(image: ImageBitmap): ImageData {
  const scale = Math.min(1, LARGEST_SIDE / Math.max(image.width, image.height));
  const width = Math.max(1, Math.round(image.width * scale));
  const height = Math.max(1, Math.round(image.height * scale));
  const context = contextOf(new OffscreenCanvas(width, height));
  context.drawImage(image, 0, 0, width, height);
  return context.getImageData(0, 0, width, height);
}

/** As large as it fits. */
function drawCentred(context: OffscreenCanvasRenderingContext2D, image: ImageBitmap): void {
  const { width, height } = context.canvas;
  const scale = Math.min(width / image.width, height / image.height);
  const [w, h] = [image.width * scale, image.height * scale];
  context.drawImage(image, (width - w) / 2, (height - h) / 2, w, h);
}
