import { millionths, millionthsText } from '../../kernel';

/** SQLite has no decimal type and would sum money as doubles. */
export const sumDecimals = {
	start: (): { sum: bigint; rows: number } => ({ sum: 0n, rows: 0 }),
	step: (state: { sum: bigint; rows: number }, text: unknown) => (text === null ? state : { sum: state.sum + millionths(text), rows: state.rows + 1 }),
	result: (state: { sum: bigint; rows: number }) => (state.rows === 0 ? null : millionthsText(state.sum)),
};
