import { entriesIn } from '../../shared/fields';
import type { Finding } from './finding';
import type { CheckedNode, Graph } from './graph';
import { mayHold, walkedNodes } from './kinds';

const CHECK = 'variants';
/** So far shares may miss 100: three times 33.33. */
const MISSED_PERCENT = 0.05;

interface Row {
	factor: string;
	name: string;
	share: number;
	/** Fields that are filled in. */
	differs: number;
}

/** Variants that a sender would refuse, or by which nothing can be found out. */
export function variantsThatCannotBe(graph: Graph): Finding[] {
	return walkedNodes(graph).filter(mayHold).flatMap((node) => {
		const kind = node.parameters.variants;
		return kind === 'abn' || kind === 'multivariate' ? findingsOf(node, rowsOf(node, kind === 'multivariate'), kind === 'multivariate') : [];
	});
}

function rowsOf(node: CheckedNode, several: boolean): Row[] {
	return entriesIn(node.parameters.variantList ?? { variant: [{ name: 'A' }, { name: 'B' }] }, 'variant').map(({ factor, name, share, ...fields }) => ({
		factor: several ? String(factor ?? '').trim() : '', name: String(name ?? '').trim(), share: Number(share ?? 0), differs: Object.values(fields).filter(isFilled).length,
	}));
}

function isFilled(value: unknown): boolean {
	const inner = typeof value === 'object' && value !== null && 'value' in value ? value.value : value;
	return String(inner ?? '').trim() !== '';
}

function findingsOf(node: CheckedNode, rows: readonly Row[], several: boolean): Finding[] {
	const factors = [...new Set(rows.map(({ factor }) => factor))];
	const found = factors.flatMap((factor) => ofFactor(node, factor, rows.filter((row) => row.factor === factor)));
	if (rows.length === 0) found.push(problem(node, `"${node.name}" has a test and no variant: it would send nothing.`, 'Add at least two variants, or switch Variants off.'));
	if (several && factors.includes('')) found.push(problem(node, `A variant of "${node.name}" says no factor: nobody knows what it is an alternative of.`, 'Fill in Factor in every line, for example Subject.'));
	if (several && factors.length === 1) found.push({ level: 'note', check: CHECK, node: node.name, message: `The multivariate test of "${node.name}" has one factor only.`, todo: 'An A/B/n test does the same with fewer fields.' });
	return found;
}

function ofFactor(node: CheckedNode, factor: string, rows: readonly Row[]): Finding[] {
	const where = factor === '' ? `"${node.name}"` : `the factor "${factor}" of "${node.name}"`;
	const found: Finding[] = [];
	if (rows.length === 1) found.push(problem(node, `There is one variant only of ${where}: a test needs another one.`, 'Add a variant, or switch Variants off.'));
	const names = rows.map(({ name }) => name);
	if (names.includes('')) found.push(problem(node, `A variant of ${where} has no name.`, 'Give each a name: results, links and events show it.'));
	const twice = names.find((name, n) => name !== '' && names.indexOf(name) !== n);
	if (twice !== undefined) found.push(problem(node, `Two variants of ${where} are named "${twice}".`, 'Give each a name of its own: people are remembered by it.'));
	const sum = Number(rows.reduce((total, { share }) => total + share, 0).toFixed(2));
	const someLeft = rows.some(({ share }) => share === 0);
	if (someLeft ? sum >= 100 : Math.abs(sum - 100) > MISSED_PERCENT) {
		found.push(problem(node, `The shares of the variants of ${where} add up to ${sum}${someLeft ? ', and nothing is left for those without one' : ', not to 100'}.`, 'Change one of them, or leave all at 0 for equal parts.'));
	}
	if (rows.length > 1 && rows.filter(({ differs }) => differs === 0).length > 1) {
		found.push({ level: 'warning', check: CHECK, node: node.name, message: `Two or more variants of ${where} change nothing: their people get the same.`, todo: 'Fill in what differs. One of them may stay as the node has it.' });
	}
	return found;
}

function problem(node: CheckedNode, message: string, todo: string): Finding {
	return { level: 'problem', check: CHECK, node: node.name, message, todo };
}
