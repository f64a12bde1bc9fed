import type { LintFinding, Severity } from '../types';

/** Where a rule is from. */
export const SOURCES = {
	alt: 'https://www.w3.org/TR/WCAG22/#non-text-content',
	language: 'https://www.w3.org/TR/WCAG22/#language-of-page',
	senders: 'https://support.google.com/a/answer/81126',
	subject: 'https://www.ftc.gov/business-guidance/resources/can-spam-act-compliance-guide-business',
	capitals: 'https://wiki.apache.org/spamassassin/Rules/SUBJ_ALL_CAPS',
	pling: 'https://wiki.apache.org/spamassassin/Rules/PLING_QUERY',
	darkMode: 'https://html.spec.whatwg.org/multipage/semantics.html#meta-color-scheme',
} as const;

/** A finding without its language, which the caller knows. */
export type Found = Omit<LintFinding, 'language'>;

const LONGEST_WHERE = 120;

export function found(severity: Severity, rule: string, about: { field?: string | null; where?: string | null; source?: string | null }, message: string, remedy: string): Found {
	const { field = null, where = null, source = null } = about;
	return { severity, rule, field, where: where !== null && where.length > LONGEST_WHERE ? `${where.slice(0, LONGEST_WHERE - 1)}…` : where, message, remedy, source };
}
