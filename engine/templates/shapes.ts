import type { JsonObject } from '../kernel';
import type { FieldsShape } from './compile-fields';
import type { LiquidOutput } from './liquid';
import { templateProblem, type TemplateField } from './problems';

/** Characters of a text of a message. Ten segments are a long SMS, 4 KB a whole notification; what is longer than this is a pasted file. */
const MOST_TEXT = 20_000;
/** Of a page with its style and some pictures by address. */
const MOST_PAGE = 200_000;

/** What a panel calls the first part of a path. */
function named(names: Readonly<Record<string, TemplateField>>): (path: string) => TemplateField {
	return (path) => {
		const [first = ''] = path.split(/[.[]/);
		return Object.hasOwn(names, first) ? (names[first] ?? first) : path;
	};
}

const CHAT_OUTPUT: Readonly<Record<string, LiquidOutput>> = { plain: 'text', markdown: 'markdown', html: 'html' };
const PAGE = /^(front|back|letter)\.source$/;

/** Whether one of these is there and no blank. */
function has(content: JsonObject, ...names: string[]): boolean {
	return names.some((name) => {
		const value = content[name];
		return typeof value === 'string' ? value.trim() !== '' : Array.isArray(value) ? value.some((one) => typeof one !== 'string' || one.trim() !== '') : value !== undefined && value !== null;
	});
}

function refuse(field: TemplateField, what: string, remedy: string): never {
	throw templateProblem(field, 1, what, remedy);
}

const mostText = (): number => MOST_TEXT;
const WRITE = 'Write the message, or take the step out';

/** The contents of all channels but email, whose body is a page of its own (compile.ts). `postal`: the parts of an address. */
export const SHAPES = {
	sms: {
		fieldOf: named({ mediaUrls: 'media' }), mostOf: mostText,
		check: (content) => has(content, 'text', 'mediaUrls') || refuse('text', 'The text is empty', WRITE),
	},
	whatsapp: {
		fieldOf: (path) => {
			if (path === 'url') return 'media';
			if (path === 'header.fileName') return 'fileName';
			return named({ header: 'header', body: 'parameter', buttons: 'button', list: 'list' })(path);
		},
		mostOf: mostText,
		check: (content) => (content.kind !== 'text' && content.kind !== 'interactive') || has(content, 'text') || refuse('text', 'The text is empty', WRITE),
	},
	chat: {
		// Values of people are escaped as the format wants it; addresses and labels are plain.
		outputOf: (path, { format }) => (path === 'text' ? (CHAT_OUTPUT[String(format)] ?? 'text') : 'text'),
		fieldOf: named({ imageUrl: 'image', buttons: 'button', kakao: 'variable' }), mostOf: mostText,
		check: (content) => has(content, 'text', 'imageUrl', 'kakao') || refuse('text', 'The text is empty', WRITE),
	},
	push: {
		fieldOf: named({ body: 'message', collapseKey: 'group', data: 'data', override: 'json' }), mostOf: mostText, asItIs: (path) => path.startsWith('override.'),
		check: (content) => has(content, 'title', 'body') || refuse('title', 'Title and message are empty', 'Fill in one of them'),
	},
	webpush: {
		fieldOf: named({ body: 'message', collapseKey: 'group', data: 'data', actions: 'actions' }), mostOf: mostText,
		check: (content) => has(content, 'title') || refuse('title', 'The title is empty', 'Fill it in: no browser shows a notification without one'),
	},
	onsite: {
		fieldOf: named({ imageUrl: 'image', buttons: 'button', form: 'form', survey: 'survey' }), mostOf: mostText,
		check: (content) => has(content, 'headline', 'text', 'imageUrl', 'form', 'survey') || refuse('text', 'The message is empty', 'Write a headline or a text'),
	},
	directmail: {
		outputOf: (path) => (PAGE.test(path) ? 'html' : 'text'), asItIs: () => true,
		fieldOf: (path) => PAGE.exec(path)?.[1] ?? named({ mergeVariables: 'mergeVariable' })(path), mostOf: (path) => (PAGE.test(path) ? MOST_PAGE : MOST_TEXT),
		check: (content) => {
			for (const side of ['front', 'back', 'letter'] as const) {
				const artwork = content[side] as JsonObject | undefined;
				if (artwork?.kind === 'html' && !has(artwork, 'source')) refuse(side, 'There is no HTML', 'Write it, or choose another source');
			}
		},
	},
	postal: { asItIs: () => true, fieldOf: () => 'postal' },
} satisfies Record<string, FieldsShape>;

/** Whose contents have a shape here. */
export type Shaped = keyof typeof SHAPES;

export function isShaped(channel: string): channel is Shaped {
	return Object.hasOwn(SHAPES, channel);
}
