import { isJsonObject } from '../../kernel';
import { textsIn } from '../../templates';
import type { InLanguages, VersionChange } from './types';

/** Texts that differ, by language and field. */
export function changesBetween(before: InLanguages<unknown>, after: InLanguages<unknown>): VersionChange[] {
	const languages = [...new Set([...Object.keys(before.languages), ...Object.keys(after.languages)])].sort();
	return languages.flatMap((language) => {
		const [one, other] = [textsOf(before.languages[language]), textsOf(after.languages[language])];
		return [...new Set([...one.keys(), ...other.keys()])].flatMap((field) => {
			const change = { language, field, before: one.get(field) ?? null, after: other.get(field) ?? null };
			return change.before === change.after ? [] : [change];
		});
	});
}

function textsOf(content: unknown): Map<string, string> {
	return new Map(isJsonObject(content as never) ? textsIn(content as never).map(({ path, text }) => [path, text]) : []);
}
