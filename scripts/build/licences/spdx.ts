/** Licence expressions as package.json has them ("SPDX License Expressions", SPDX Specification 2.3, annex D). */

/**
 * Whether somebody who accepts these licences may use what is offered under the expression: of OR one side is enough, of
 * AND both are needed, and AND binds more tightly. Exceptions (WITH) are not known and so never accepted.
 *
 * @throws Error naming the expression and what of it is no expression
 */
export function isAccepted(expression: string, accepted: ReadonlySet<string>): boolean {
  const tokens = expression.match(/[()]|[^\s()]+/g) ?? [];
  let next = 0;
  const fail = (): never => {
    throw new Error(
      `licence ${JSON.stringify(expression)}: got ${tokens[next] ?? 'its end'}, expected a licence`,
    );
  };
  const take = (token: string): boolean => {
    if (tokens[next] !== token) return false;
    next++;
    return true;
  };
  function either(): boolean {
    let result = both();
    // Not short-circuited: what follows is read all the same.
    while (take('OR')) result = both() || result;
    return result;
  }
  function both(): boolean {
    let result = one();
    while (take('AND')) result = one() && result;
    return result;
  }
  function one(): boolean {
    if (take('(')) {
      const result = either();
      return take(')') ? result : fail();
    }
    const licence = tokens[next] ?? fail();
    if (!/^[A-Za-z0-9][A-Za-z0-9.+-]*$/.test(licence) || ['AND', 'OR', 'WITH'].includes(licence)) fail();
    next++;
    if (!take('WITH')) return accepted.has(licence);
    next++;
    return false;
  }
  const result = either();
  return next === tokens.length ? result : fail();
}
