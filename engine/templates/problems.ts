import { EngineError } from '../kernel';

/** The fields of EmailContent and TextContent, as a person knows them from the node's panel; of other channels the path of a field. */
export type TemplateField = KnownField | (string & {});
type KnownField = 'subject' | 'preheader' | 'body' | 'text' | 'media';

const SHOWN: Record<KnownField, string> = { subject: 'Subject', preheader: 'Preheader', body: 'Body', text: 'Text', media: 'Media URL' };

/**
 * TEMPLATE_INVALID with `details {field, line}`. `what` and `remedy` are sentences without a value of any contact:
 * the error is shown on the canvas and kept by n8n.
 */
export function templateProblem(
	field: TemplateField,
	line: number,
	what: string,
	remedy: string,
	cause?: unknown,
): EngineError {
	return new EngineError(
		'TEMPLATE_INVALID',
		`${SHOWN[field as KnownField] ?? field}, line ${line}: ${withoutFullStop(what)}. ${withoutFullStop(remedy)}.`,
		{ field, line },
		cause === undefined ? undefined : { cause },
	);
}

function withoutFullStop(sentence: string): string {
	return sentence.trim().replace(/\.+$/, '');
}
