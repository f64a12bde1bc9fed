import type { JsonObject, JsonValue } from '../kernel';
import { liquidFor, type LiquidTemplate } from './liquid';
import { templateProblem, type TemplateField } from './problems';
import type { CompiledNotification, NotificationTexts } from './types';

/** Characters of one field; services take 4 KB of a whole notification. */
const MAX_SOURCE = 20_000;

/** Short texts that go out side by side, such as those of a notification: plain text with Liquid, nothing escaped. In JSON every text may have Liquid. Throws TEMPLATE_INVALID with details {field, line}. */
export async function compileNotification({ texts, json }: NotificationTexts): Promise<CompiledNotification> {
	const liquid = await liquidFor('text');
	const parse = (source: string, field: string): LiquidTemplate => {
		if (source.length > MAX_SOURCE) throw templateProblem(field as TemplateField, 1, `There are ${source.length} characters, more than ${MAX_SOURCE}`, 'Make it shorter');
		return liquid.parse(source, field as TemplateField);
	};
	const fields = Object.entries(texts).map(([name, source]) => [name, parse(source, name.split('.')[0] ?? name)] as const);
	const filledIn = json === undefined ? undefined : within(json, (text) => parse(text, 'json'));
	return {
		render: (scope) => ({
			texts: Object.fromEntries(fields.map(([name, template]) => [name, template.render(scope).replace(/\r\n?/g, '\n').trim()])),
			json: filledIn === undefined ? {} : (filledIn((template) => template.render(scope)) as JsonObject),
		}),
	};
}

type Fill = (render: (template: LiquidTemplate) => string) => JsonValue;

/** Texts become templates, the rest stays: a value of somebody's data can never end a text and begin another field. */
function within(value: JsonValue, parse: (text: string) => LiquidTemplate): Fill {
	if (typeof value === 'string') {
		const template = parse(value);
		return (render) => render(template);
	}
	if (Array.isArray(value)) {
		const parts = value.map((part) => within(part, parse));
		return (render) => parts.map((part) => part(render));
	}
	if (typeof value === 'object' && value !== null) {
		const parts = Object.entries(value).map(([name, part]) => [name, within(part, parse)] as const);
		return (render) => Object.fromEntries(parts.map(([name, part]) => [name, part(render)]));
	}
	return () => value;
}
