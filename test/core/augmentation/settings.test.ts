import { expect, it } from 'vitest';
import { picturesToAugment } from '../../../core/augmentation/settings.ts';
import { ConfigError } from '../../../core/errors.ts';

const LAYERS = [[6, 9, 2], 5, 3] as const;
const check = (augmentation: unknown, layers: Parameters<typeof picturesToAugment>[1] = LAYERS) =>
  picturesToAugment(augmentation as object, layers);

it('gives the size of the pictures that the layers begin with', () => {
  expect(check({})).toEqual([6, 9, 2]);
  expect(check({ shift: 1024, rotation: 180, scale: 0.99, elastic: { alpha: 0, sigma: 32 } })).toEqual([
    6, 9, 2,
  ]);
  expect(check({ flip: undefined, crop: 0 }, [[6, 9, 2], { conv: 3, kernel: 2 }, 3])).toEqual([6, 9, 2]);
});

it('wants to be told that size', () => {
  expect(() => check({ flip: true }, [108, 5, 3])).toThrow(
    "layers[0]: got 108, expected [height, width, channels] with augmentation, which must know the pictures' size; " +
      'dense layers may follow, as in [[28, 28, 1], 800, 10]',
  );
});

it.each([
  ['flip', 'augmentation: got "flip", expected an object'],
  [[], 'augmentation: got [], expected an object'],
  [{ shift: -1 }, 'augmentation.shift: got -1, expected pixels from 0 to 1024'],
  [{ shift: Number.NaN }, 'augmentation.shift: got null, expected pixels from 0 to 1024'],
  [{ rotation: 181 }, 'augmentation.rotation: got 181, expected degrees from 0 to 180'],
  [{ scale: 1 }, 'augmentation.scale: got 1, expected a share from 0 to below 1'],
  [{ flip: 1 }, 'augmentation.flip: got 1, expected true or false'],
  [{ crop: 1.5 }, 'augmentation.crop: got 1.5, expected a whole number of pixels from 0 to 1024'],
  [{ elastic: 34 }, 'augmentation.elastic: got 34, expected alpha and sigma'],
  [{ elastic: { sigma: 4 } }, 'augmentation.elastic.alpha: got none, expected pixels from 0 to 1024'],
  [{ elastic: { alpha: 34 } }, 'augmentation.elastic.sigma: got none, expected pixels above 0, up to 32'],
  [
    { elastic: { alpha: 34, sigma: 0 } },
    'augmentation.elastic.sigma: got 0, expected pixels above 0, up to 32',
  ],
  [{ elastic: { alpha: 34, sigma: 4, std: 1 } }, 'augmentation.elastic.std: unknown, expected alpha, sigma'],
  [{ rotate: 15 }, 'augmentation.rotate: unknown, expected shift, rotation, scale, elastic, flip, crop'],
])('refuses %j', (augmentation, message) => {
  expect(() => check(augmentation)).toThrow(new ConfigError(message));
});
