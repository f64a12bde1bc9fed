import { alwaysValid, mean, naive, repeat, share, type Trial } from './experiments/simulate';
import type { BenchResult } from './ingest';

const percent = (part: number): string => `${(100 * part).toFixed(2)} %`;
const named = ({ winner }: { winner: number | null }): boolean => winner !== null;

/**
 * How often Journey Split names a winner where there is none, and finds the one there is; what a bandit saves. Every trial is looked at after
 * every 100 people, and ends at the first look that names a winner. The baseline is the test that a dashboard shows (two proportions, p < 5 %),
 * looked at as often. Ours and baseline are the false winners of A/A tests in percent; ratio: how many times fewer.
 * Options: runs (2,000), people (10,000 a trial), seed (1).
 */
export default async function experiments(options: Record<string, string> = {}): Promise<BenchResult> {
	const runs = Number(options.runs ?? 2_000);
	const people = Number(options.people ?? 10_000);
	const seed = Number(options.seed ?? 1);
	const some = Math.ceil(runs / 4);
	const falsely = (rates: Trial['rates'], more: Partial<Trial> = {}, trials = some) => share(repeat({ rates, people, every: 100, ...more }, trials, alwaysValid, seed), named);

	const rate = falsely([0.1, 0.1], {}, runs);
	const peeked = share(repeat({ rates: [0.1, 0.1], people, every: 100 }, runs, naive, seed), named);
	const half = (person: number) => (person % 2_000 < 1_000 ? 0.05 : 0.2);
	const found = repeat({ rates: [0.1, 0.12], people: 4 * people, every: 100 }, Math.ceil(runs / 10), alwaysValid, seed);
	const large = repeat({ rates: [0.1, 0.15], people: 4 * people, every: 100 }, Math.ceil(runs / 10), alwaysValid, seed);
	const few = Math.max(1, Math.ceil(runs / 20));
	const regrets = (rates: readonly number[], bandit?: { floor: number }) => mean(repeat({ rates, people, every: 100, ...(bandit === undefined ? {} : { bandit }) }, few, null, seed).map(({ regret }) => regret));
	const three = [0.05, 0.06, 0.08];
	const [uniform, shifted] = [regrets(three), regrets(three, { floor: 0.02 })];
	return {
		bench: 'experiments', unit: '% false winners', ours: Number((100 * rate).toFixed(2)), baseline: Number((100 * peeked).toFixed(2)), ratio: Number((peeked / Math.max(rate, 1 / runs)).toFixed(2)),
		details: {
			'A/A trials': `${runs} of ${people} people, looked at after every 100; a quarter of them for the other kinds`,
			'false winners, 2 paths at 10 %': `${percent(rate)} (limit 5 %: ${rate <= 0.05 ? 'kept' : 'BROKEN'})`,
			'the same by the test of two proportions, peeked at': percent(peeked),
			'false winners, 2 paths at 1 %': percent(falsely([0.01, 0.01])),
			'false winners, 4 paths': percent(falsely([0.1, 0.1, 0.1, 0.1])),
			'false winners, rate swings between 5 and 20 %': percent(falsely([half, half])),
			'false winners, bandit of 2 paths whose outcomes come 1,000 people later': percent(falsely([0.1, 0.1], { bandit: { floor: 0.02 }, delay: 1_000 })),
			'10 against 12 %: found, right, people (mean)': `${percent(share(found, named))}, ${percent(share(found, ({ winner }) => winner === 1))}, ${Math.round(mean(found.map((one) => one.people)))}`,
			'10 against 15 %: found, right, people (mean)': `${percent(share(large, named))}, ${percent(share(large, ({ winner }) => winner === 1))}, ${Math.round(mean(large.map((one) => one.people)))}`,
			'regret of 5, 6, 8 %: uniform, bandit (conversions lost)': `${uniform.toFixed(0)}, ${shifted.toFixed(0)} (${(uniform / shifted).toFixed(1)} times fewer)`,
		},
	};
}
