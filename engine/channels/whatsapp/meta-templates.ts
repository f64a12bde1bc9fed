import { fieldsOf, listOf, textOf, type Fields } from '../callbacks/reading';
import { placeholdersIn } from './placeholders';
import type { WhatsAppTemplateView } from './types';

const HEADERS = { IMAGE: 'image', VIDEO: 'video', DOCUMENT: 'document' } as const;
const CATEGORIES = { MARKETING: 'marketing', UTILITY: 'utility', AUTHENTICATION: 'authentication' } as const;

/** One template of `message_templates` (https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/overview). */
export function viewOf(template: Fields): WhatsAppTemplateView {
	const parts = listOf(template.components).map(fieldsOf);
	const part = (type: string): Fields => parts.find((one) => one.type === type) ?? {};
	const [header, body] = [part('HEADER'), part('BODY')];
	const category = CATEGORIES[String(template.category) as keyof typeof CATEGORIES] ?? null;
	const text = textOf(body.text) ?? '';
	return {
		id: textOf(template.name) ?? '', name: textOf(template.name) ?? '', language: textOf(template.language) ?? '', status: textOf(template.status)?.toLowerCase() ?? null, category,
		header: HEADERS[String(header.format) as keyof typeof HEADERS] ?? (placeholdersIn(textOf(header.text) ?? '').length > 0 ? 'text' : 'none'),
		text, parameters: placeholdersIn(text), buttons: listOf(part('BUTTONS').buttons).map(fieldsOf).flatMap(buttonOf),
	};
}

/** Quick replies may be given a payload, but need none. The one-time password button of an authentication template takes the code as the end of an address. */
function buttonOf(button: Fields, index: number): WhatsAppTemplateView['buttons'] {
	if (button.type === 'URL' && placeholdersIn(textOf(button.url) ?? '').length > 0) return [{ index, kind: 'url' }];
	if (button.type === 'OTP') return [{ index, kind: 'url' }];
	return button.type === 'COPY_CODE' ? [{ index, kind: 'copyCode' }] : [];
}
