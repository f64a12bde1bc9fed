import { Parser } from 'htmlparser2';

const HIDDEN =
	'display:none;font-size:1px;line-height:1px;max-height:0;max-width:0;opacity:0;overflow:hidden;mso-hide:all;';

/**
 * The line an inbox shows beside the subject, hidden in the mail itself. The empty characters after it keep the inbox
 * from going on with the first words of the body. `content` is HTML, or Liquid that renders to it.
 */
export function preheaderBlock(content: string): string {
	return `<div data-preheader="" style="${HIDDEN}">${content}${'&#847;&zwnj;&nbsp;'.repeat(40)}</div>`;
}

/** Inserts at the start of the body, or of the text without one. `html` must hold no Liquid (see placeholders). */
export function insertAtBodyStart(html: string, insertion: string): string {
	let start: number | null = null;
	const parser = new Parser({
		onopentag(name) {
			if (name === 'body' && start === null) start = parser.endIndex + 1;
		},
	});
	parser.end(html);
	return html.slice(0, start ?? 0) + insertion + html.slice(start ?? 0);
}
