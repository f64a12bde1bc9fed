import { sumOfMoney } from '../../../engine/kernel';

describe('the sum of amounts of money', () => {
	it.each([
		[['0.1', '0.2'], '0.30'], [['0.000001', '9000000000.000001'], '9000000000.000002'], [['12', '-0.5', '3'], '14.50'], [['0.5', '-0.5'], '0'], [['7'], '7'], [[], '0'],
	])('of %j is %s, to the millionth', (texts, sum) => {
		expect(sumOfMoney(texts)).toBe(sum);
	});
});
