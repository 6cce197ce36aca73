/** Draws on the page as a person with a mouse does, and reads its answer. */
import type { Page } from 'playwright-core';
import type { Stroke } from './digit-strokes.ts';

export async function padOf(page: Page) {
  const pad = page.locator('#pad');
  await pad.scrollIntoViewIfNeeded();
  return (await pad.boundingBox())!;
}

export async function drawByMouse(page: Page, strokes: readonly Stroke[]): Promise<void> {
  const { x, y, width, height } = await padOf(page);
  for (const stroke of strokes) {
    const [first, ...rest] = stroke.map(([px, py]) => [x + px * width, y + py * height] as const);
    await page.mouse.move(...first!);
    await page.mouse.down();
    for (const point of rest) await page.mouse.move(...point);
    await page.mouse.up();
  }
}

/** The class that the page names once it has caught up with the drawing. */
export async function answerOf(page: Page): Promise<string> {
  await page.locator('#answer[aria-busy="false"]').waitFor();
  return /This is a (\d)/.exec((await page.locator('#answer').textContent()) ?? '')?.[1] ?? 'nothing';
}

export async function drawByTouch(page: Page, strokes: readonly Stroke[]): Promise<void> {
  const { x, y, width, height } = await padOf(page);
  const session = await page.context().newCDPSession(page);
  for (const stroke of strokes) {
    const [first, ...rest] = stroke.map(([px, py]) => ({ x: x + px * width, y: y + py * height }));
    const send = (type: 'touchStart' | 'touchMove' | 'touchEnd', touchPoints: { x: number; y: number }[]) =>
      session.send('Input.dispatchTouchEvent', { type, touchPoints });
    await send('touchStart', [first!]);
    for (const point of rest) await send('touchMove', [point]);
    await send('touchEnd', []);
  }
  await session.detach();
}

/** All digits of each class' probability. */
export async function probabilitiesOf(page: Page): Promise<string[]> {
  await page.locator('#answer[aria-busy="false"]').waitFor();
  return page
    .locator('#bars .share')
    .evaluateAll((shares) => shares.map((share) => share.getAttribute('title')!));
}
