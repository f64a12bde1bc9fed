import type { IExecuteFunctions } from 'n8n-workflow';

/**
 * Whether any of these parameters holds an expression. Without one, a parameter is the same for every item and is read
 * once a batch: each read for an item costs a pass through n8n's parameter code, and with an expression its isolate.
 */
export function varyByItem(context: Pick<IExecuteFunctions, 'getNode'>, names: readonly string[]): boolean {
	const { parameters } = context.getNode();
	return names.some((name) => holdsExpression(parameters[name]));
}

function holdsExpression(value: unknown): boolean {
	if (typeof value === 'string') return value.startsWith('=');
	if (typeof value !== 'object' || value === null) return false;
	return Object.values(value).some(holdsExpression);
}

/** Reads a setting for each item, or once for all when no parameter holds an expression. */
export function settingReader<T>(context: IExecuteFunctions, names: readonly string[], read: (itemIndex: number) => T): (itemIndex: number) => T {
	if (varyByItem(context, names)) return read;
	let once: { value: T } | undefined;
	return (itemIndex) => (once ??= { value: read(itemIndex) }).value;
}
