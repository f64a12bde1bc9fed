import { fieldsOf, textOf, type Fields } from '../callbacks/reading';
import { placeholdersIn } from './placeholders';
import type { WhatsAppTemplateView } from './types';

const CATEGORIES = { MARKETING: 'marketing', UTILITY: 'utility', AUTHENTICATION: 'authentication' } as const;

/** One content (https://www.twilio.com/docs/content/content-api-resources), with WhatsApp's approval where the list of approvals gave it. */
export function viewOf(content: Fields): WhatsAppTemplateView {
	const types = fieldsOf(content.types);
	const approval = fieldsOf(content.approval_requests);
	const bodies = Object.values(types).map((type) => textOf(fieldsOf(type).body) ?? textOf(fieldsOf(type).title) ?? '');
	const shown = [...new Set([...placeholdersIn(JSON.stringify(types)), ...('whatsapp/authentication' in types ? ['1'] : [])])];
	return {
		id: textOf(content.sid) ?? '', name: textOf(content.friendly_name) ?? textOf(content.sid) ?? '', language: textOf(content.language) ?? '', status: textOf(approval.status)?.toLowerCase() ?? null,
		category: CATEGORIES[String(approval.category) as keyof typeof CATEGORIES] ?? null, header: 'none', text: bodies.find((body) => body !== '') ?? '',
		parameters: shown.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })), buttons: [],
	};
}
