/**
 * Milliseconds of CPU that the process has taken, on all its threads: what one thread takes is the same however busy the
 * machine, apart from its caches.
 */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
