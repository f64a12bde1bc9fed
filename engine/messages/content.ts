import type { AnySendItem } from './types';

/** What is sent to this item: its own content, where the content is an n8n expression, else that of the step. Items of a request bring its kind of content. */
export function contentOf<Content>(request: { content: Content }, item: AnySendItem): Content {
	return (item.content as Content | undefined) ?? request.content;
}
