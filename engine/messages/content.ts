import type { EmailContent } from '../templates/types';
import type { SendItem } from './types';

/** What is sent to this item: its own content, where the content is an n8n expression, else that of the step. */
export function contentOf(request: { content: EmailContent }, item: SendItem): EmailContent {
	return item.content ?? request.content;
}
