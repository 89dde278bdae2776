/**
 * True when a range as it stands in `engines` (`^22.22.2 || >=26`) admits a version. By hand, because the launcher may
 * be all that works: it depends on nothing. What it does not understand, it does not admit.
 */
export function admits(range, version) {
  const found = numbers(version.split('-')[0]);
  return range.split('||').some((part) => {
    const match = /^(\^|>=)?(\d+(?:\.\d+){0,2})$/.exec(part.trim());
    if (!match) return false;
    const wanted = numbers(match[2]);
    const atLeast = compare(found, wanted) >= 0;
    if (match[1] === '>=') return atLeast;
    return match[1] === '^' ? atLeast && found[0] === wanted[0] : compare(found, wanted) === 0;
  });
}

const numbers = (text) => [0, 1, 2].map((at) => Number(text.split('.')[at] ?? 0));
const compare = (a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
