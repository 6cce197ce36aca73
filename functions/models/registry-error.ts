/** What is asked of a model's versions is not possible as they are now. */
export class RegistryError extends Error {
  override readonly name = 'RegistryError';
}
