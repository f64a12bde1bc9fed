import { NodeOperationError } from 'n8n-workflow';
import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { isEngineError } from '../../../engine';
import { errorItem, failItem, toNodeError } from '../../shared/errors';
import { groupBy } from '../../shared/step';

/** The items that could be read, in the order of one engine call; the others with their error. */
export interface ReadItems<T> {
	values: T[];
	/** Index of the item behind each value. */
	indexes: number[];
	failed: INodeExecutionData[];
}

/** Reads the parameters of every item. With Continue On Fail an item that cannot be read comes out with its error. */
export function readItems<T>(context: IExecuteFunctions, read: (index: number) => T): ReadItems<T> {
	const result: ReadItems<T> = { values: [], indexes: [], failed: [] };
	for (let index = 0; index < context.getInputData().length; index++) {
		try {
			result.values.push(read(index));
			result.indexes.push(index);
		} catch (error) {
			result.failed.push(failItem(context, error, index));
		}
	}
	return result;
}

/** By place among the values of one call to the engine. */
export type Rejected = Array<{ index: number; reason: string }>;

/** What calls answered, by place among all values; undefined where rejected. */
export interface Answers<Row> {
	rows: Array<Row | undefined>;
	rejected: Rejected;
}

/** What a call of the engine takes. */
const LARGEST_CALL = 20_000;

/**
 * All values in as few engine calls as can be: one for each setting (`callOf`; none: all have the same) and 20,000 values. A call that is
 * refused for what it was given rejects its values, and the other calls are made. One that fails for another reason does so with Continue
 * On Fail; without, it throws for its first item, and the calls before it are done.
 */
export async function inCalls<T, Row>(
	context: IExecuteFunctions,
	{ values, indexes }: ReadItems<T>,
	call: (part: T[]) => Promise<{ rows: readonly Row[]; rejected: Rejected }>,
	callOf: (value: T) => string = () => '',
): Promise<Answers<Row>> {
	const calls = groupBy(values.map((value, place) => ({ value, place })), ({ value }) => callOf(value), (key) => key).flatMap(({ items }) => slicesOf(items));
	const answers: Answers<Row> = { rows: values.map(() => undefined), rejected: [] };
	let done = 0;
	for (const part of calls) {
		const placeOf = (index: number) => part[index]?.place ?? 0;
		try {
			const { rows, rejected } = await call(part.map(({ value }) => value));
			rows.forEach((row, index) => (answers.rows[placeOf(index)] = row));
			for (const { index, reason } of rejected) answers.rejected.push({ index: placeOf(index), reason });
			done += part.length;
		} catch (error) {
			if (!context.continueOnFail() && (calls.length === 1 || !isOfValues(error))) throw afterOthers(context, error, indexes[placeOf(0)], done);
			const { message } = toNodeError(context.getNode(), error);
			for (const { place } of part) answers.rejected.push({ index: place, reason: message });
		}
	}
	answers.rejected.sort((a, b) => a.index - b.index);
	return answers;
}

/** The answer of an engine call that tells a profile for each value. */
export function reported({ profiles, rejected }: { profiles: Array<number | null>; rejected: Rejected }): { rows: Array<number | null>; rejected: Rejected } {
	return { rows: profiles, rejected };
}

function slicesOf<T>(values: T[]): T[][] {
	const slices: T[][] = [];
	for (let from = 0; from < values.length; from += LARGEST_CALL) slices.push(values.slice(from, from + LARGEST_CALL));
	return slices;
}

function isOfValues(error: unknown): boolean {
	return isEngineError(error) && (error.code === 'BAD_INPUT' || error.code === 'NOT_FOUND');
}

function afterOthers(context: IExecuteFunctions, error: unknown, itemIndex: number | undefined, done: number): Error {
	const told = toNodeError(context.getNode(), error, itemIndex);
	if (done > 0) told.description = `${done} items before this one are done. ${told.description ?? ''}`.trim();
	return told;
}

/**
 * One item out for each item in, with the profile it belongs to. Without Continue On Fail a rejected item is an error
 * that tells how many others were taken: the engine's batch is all but the rejected ones.
 */
export function writtenItems<T>(
	context: IExecuteFunctions,
	read: ReadItems<T>,
	report: { profiles: ReadonlyArray<number | null | undefined>; rejected: Rejected },
): INodeExecutionData[] {
	const [first] = report.rejected;
	if (first && !context.continueOnFail()) {
		const taken = read.values.length - report.rejected.length;
		throw new NodeOperationError(context.getNode(), first.reason, {
			itemIndex: read.indexes[first.index],
			description:
				`${report.rejected.length} of ${read.values.length} items were rejected; the other ${taken} are stored. ` +
				"Correct the item, or set 'On Error' to continue in the settings of this node and look at the 'error' field of each item.",
		});
	}
	const reasons = new Map(report.rejected.map(({ index, reason }) => [index, reason]));
	const input = context.getInputData();
	const written = read.indexes.map((itemIndex, index): INodeExecutionData => {
		const reason = reasons.get(index);
		if (reason !== undefined) {
			return errorItem(new NodeOperationError(context.getNode(), reason, { itemIndex }), itemIndex);
		}
		return {
			json: { ...input[itemIndex].json, profileId: report.profiles[index] ?? null },
			...(input[itemIndex].binary ? { binary: input[itemIndex].binary } : {}),
			pairedItem: { item: itemIndex },
		};
	});
	return [...written, ...read.failed].sort(byItem);
}

const byItem = (a: INodeExecutionData, b: INodeExecutionData) => itemOf(a) - itemOf(b);

function itemOf({ pairedItem }: INodeExecutionData): number {
	return typeof pairedItem === 'object' && !Array.isArray(pairedItem) ? pairedItem.item : 0;
}
