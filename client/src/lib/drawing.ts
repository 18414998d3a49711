/** Drawing on a copy of a photo: arrows, circles and words. The photo itself is never altered. */
import Konva from "konva";

export type Tool = "arrow" | "circle" | "text";

/** Red on any ground: a white edge sets it off. */
const INK = "#e60012";
const EDGE = "#ffffff";
/** Of the picture's shorter edge: seen on a phone, and on paper. */
const LINE_PART = 1 / 90;
const TEXT_PART = 1 / 16;
/** A drag that is shorter is a tap, in pixels of the screen. */
const DRAG_PX_MIN = 12;

interface At {
  x: number;
  y: number;
}

/** A picture on the screen that takes what a finger draws, and gives both back as one picture. */
export class Drawing {
  private readonly stage: Konva.Stage;
  private readonly shapes = new Konva.Layer();
  private readonly scale: number;
  private readonly line: number;
  private tool: Tool = "arrow";
  private words = "";
  private from: At | null = null;
  private shape: Konva.Arrow | Konva.Ellipse | null = null;

  /** `box` is how large it may be on the screen; `changed` hears how many things are drawn. */
  constructor(
    container: HTMLDivElement,
    picture: ImageBitmap,
    box: { width: number; height: number },
    private readonly changed: (drawn: number) => void,
  ) {
    this.scale = Math.min(box.width / picture.width, box.height / picture.height);
    const [width, height] = [picture.width * this.scale, picture.height * this.scale];
    this.line = Math.max(2, Math.min(width, height) * LINE_PART);
    this.stage = new Konva.Stage({ container, width, height });
    const ground = new Konva.Layer({ listening: false });
    ground.add(new Konva.Image({ image: picture, width, height }));
    this.stage.add(ground, this.shapes);
    this.stage.on("pointerdown", (event) => this.begin(event));
    this.stage.on("pointermove", () => this.go());
    this.stage.on("pointerup pointercancel", () => this.end());
  }

  /** What the next finger draws; the words are put where it taps. */
  take(tool: Tool, words: string) {
    this.tool = tool;
    this.words = words.trim();
  }

  undo() {
    this.shapes.getChildren().at(-1)?.destroy();
    this.tell();
  }

  /** Both as one picture, as large as the photo. */
  copy(): HTMLCanvasElement {
    return this.stage.toCanvas({ pixelRatio: 1 / this.scale });
  }

  destroy() {
    this.stage.destroy();
  }

  private begin(event: Konva.KonvaEventObject<PointerEvent>) {
    // What is drawn already is dragged to its place.
    if (event.target instanceof Konva.Shape && event.target.draggable()) return;
    const at = this.stage.getPointerPosition();
    if (!at) return;
    this.from = at;
    if (this.tool === "text") return;
    const stroke = { stroke: INK, strokeWidth: this.line, shadowColor: EDGE, shadowBlur: this.line };
    this.shape =
      this.tool === "arrow"
        ? new Konva.Arrow({
            ...stroke,
            fill: INK,
            points: [at.x, at.y, at.x, at.y],
            pointerLength: this.line * 4,
            pointerWidth: this.line * 4,
            draggable: true,
          })
        : new Konva.Ellipse({ ...stroke, x: at.x, y: at.y, radiusX: 0, radiusY: 0, draggable: true });
    this.shapes.add(this.shape);
  }

  private go() {
    const [at, from] = [this.stage.getPointerPosition(), this.from];
    if (!at || !from || !this.shape) return;
    if (this.shape instanceof Konva.Arrow) this.shape.points([from.x, from.y, at.x, at.y]);
    else {
      this.shape.position({ x: (from.x + at.x) / 2, y: (from.y + at.y) / 2 });
      this.shape.radius({ x: Math.abs(at.x - from.x) / 2, y: Math.abs(at.y - from.y) / 2 });
    }
  }

  private end() {
    const [at, from, shape] = [this.stage.getPointerPosition(), this.from, this.shape];
    this.from = null;
    this.shape = null;
    if (!from) return;
    if (this.tool === "text") this.write(from);
    else if (!at || Math.hypot(at.x - from.x, at.y - from.y) < DRAG_PX_MIN) shape?.destroy();
    this.tell();
  }

  private write(at: At) {
    if (!this.words) return;
    const fontSize = Math.max(16, Math.min(this.stage.width(), this.stage.height()) * TEXT_PART);
    const words = new Konva.Text({
      ...at,
      text: this.words,
      fontSize,
      fontFamily: getComputedStyle(document.body).fontFamily,
      fontStyle: "bold",
      fill: INK,
      stroke: EDGE,
      strokeWidth: fontSize / 6,
      fillAfterStrokeEnabled: true,
      draggable: true,
    });
    // What is written near the edge stays on the picture.
    words.width(Math.min(words.width(), this.stage.width() * 0.9));
    words.x(Math.max(0, Math.min(at.x, this.stage.width() - words.width())));
    words.y(Math.max(0, Math.min(at.y - fontSize / 2, this.stage.height() - words.height())));
    this.shapes.add(words);
  }

  private tell() {
    this.changed(this.shapes.getChildren().length);
  }
}
