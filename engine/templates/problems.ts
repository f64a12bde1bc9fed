import { EngineError } from '../kernel';

/** The fields of EmailContent, TextContent and PrintContent, as a person knows them from the node's panel. */
export type TemplateField = 'subject' | 'preheader' | 'body' | 'text' | 'media' | 'front' | 'back' | 'letter' | 'variable' | 'postal';

const SHOWN: Record<TemplateField, string> = {
	subject: 'Subject', preheader: 'Preheader', body: 'Body', text: 'Text', media: 'Media URL',
	front: 'Front', back: 'Back', letter: 'Letter', variable: 'Merge Variables', postal: 'Address',
};

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
		`${SHOWN[field]}, line ${line}: ${withoutFullStop(what)}. ${withoutFullStop(remedy)}.`,
		{ field, line },
		cause === undefined ? undefined : { cause },
	);
}

function withoutFullStop(sentence: string): string {
	return sentence.trim().replace(/\.+$/, '');
}
