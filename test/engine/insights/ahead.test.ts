import { aheadOf, toldAhead } from '../../../engine/insights/ahead';
import type { DrawnStep } from '../../../engine/journeys/types';

const drawn = (step: string, to: string[], sends = false): DrawnStep => ({ step, name: `The ${step}`, sends, to });

describe('what lies ahead on a drawing', () => {
	it('is what a way leads to, the nearest first, each by its shortest way, and nothing that is drawn no more', () => {
		const drawing = [drawn('a', ['b', 'd', 'gone']), drawn('b', ['c']), drawn('c', ['d']), drawn('d', ['a']), drawn('e', ['a'])];

		const ahead = aheadOf(drawing, [{ stepId: 'b' }]);

		expect(ahead.map(({ stepId, steps }) => [stepId, steps])).toEqual([['c', 1], ['d', 2], ['a', 3], ['b', 4]]);
		expect(aheadOf(drawing, [{ stepId: 'a' }]).map(({ stepId }) => stepId)).toEqual(['b', 'd', 'c', 'a']);
		expect(aheadOf(drawing, [{ stepId: 'gone' }])).toEqual([]);
	});

	it('is counted from each place of a fork at once', () => {
		const drawing = [drawn('a', ['b']), drawn('b', ['c']), drawn('c', []), drawn('x', ['c'])];

		expect(aheadOf(drawing, [{ stepId: 'a' }, { stepId: 'x' }]).map(({ stepId, steps }) => [stepId, steps])).toEqual([['b', 1], ['c', 1]]);
	});

	it('is told as far as thirty nodes, and every message behind them, up to sixty in all', () => {
		const chain = Array.from({ length: 120 }, (_, n) => drawn(String(n), n < 119 ? [String(n + 1)] : [], n > 40));

		const told = toldAhead(aheadOf(chain, [{ stepId: '0' }])).map(({ stepId }) => Number(stepId));

		expect(told).toEqual([...Array.from({ length: 30 }, (_, n) => n + 1), ...Array.from({ length: 30 }, (_, n) => n + 41)]);
	});
});
