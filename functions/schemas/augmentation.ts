/** How pictures are augmented, as JSON has it: core/augmentation says what each field does. */
import * as z from 'zod';
import { type Augmentation, MAX_PIXELS, MAX_SIGMA } from '../../core/augmentation/settings.ts';

const pixels = z.number().min(0).max(MAX_PIXELS);

export const augmentation: z.ZodType<Augmentation> = z.strictObject({
  shift: pixels.optional(),
  rotation: z.number().min(0).max(180).optional(),
  scale: z.number().min(0).lt(1).optional(),
  elastic: z.strictObject({ alpha: pixels, sigma: z.number().positive().max(MAX_SIGMA) }).optional(),
  flip: z.boolean().optional(),
  crop: z.int().min(0).max(MAX_PIXELS).optional(),
});
