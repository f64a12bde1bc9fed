import { EngineError } from '../kernel';

/** The fields of contents, as a person knows them from the node's panel; of other channels the path of a field. */
export type TemplateField = KnownField | (string & {});

const SHOWN = {
	subject: 'Subject', preheader: 'Preheader', body: 'Body', text: 'Text', media: 'Media URL', caption: 'Caption', fileName: 'File Name', language: 'Language', code: 'Code', header: 'Header',
	parameter: 'Parameter', button: 'Buttons', image: 'Image URL', variable: 'Template Variables', title: 'Title', message: 'Message', icon: 'Icon', link: 'Link', data: 'Data', json: 'JSON', badge: 'Badge',
	sound: 'Sound', group: 'Collapse Key', actions: 'Buttons', front: 'Front', back: 'Back', letter: 'Letter', list: 'List', headline: 'Headline', imageAlt: 'Image Alt Text', form: 'Sign-Up Form', survey: 'Survey', mergeVariable: 'Merge Variables', postal: 'Address',
} as const;
type KnownField = keyof typeof SHOWN;


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
