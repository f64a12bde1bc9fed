import { EngineError } from '../../../kernel';
import { SITE, type Starter } from './layout';

export { mailOf, type Starter } from './layout';

const HELLO = 'Hello {{ profile.firstName | default: "there" }},';
const ANN = { firstName: 'Ann', locale: 'en', email: 'ann@example.com' };
const PRODUCTS = [
	{ name: 'Desk lamp Arc', url: 'https://shop.example.org/arc', image: '', price: '49.90', currency: 'EUR' },
	{ name: 'Reading lamp Dot', url: 'https://shop.example.org/dot', image: '', price: '29.00', currency: 'EUR' },
];

/** One a journey that marketers begin with. Written for this package. */
export const STARTERS: readonly Starter[] = [
	{
		key: 'welcome', name: 'Welcome', description: 'First mail after somebody has signed up', purpose: 'marketing', subject: 'Welcome{% if profile.firstName %}, {{ profile.firstName }}{% endif %}', preheader: 'Three things to know before you start',
		headline: 'Good to have you here', paragraphs: [HELLO, 'thank you for joining us. Over the next days we will show you, one short mail at a time, what others found most useful at the start.', 'If something is unclear, just answer this mail: a person reads it.'],
		button: { text: 'Take a look around', href: SITE }, sample: { profile: ANN, event: { name: 'Signed Up', properties: {} } },
	},
	{
		key: 'double-opt-in', name: 'Double Opt-In', description: 'Asks somebody to confirm that they want mails', purpose: 'transactional', subject: 'Please confirm your address', preheader: 'One click, and you are on the list',
		headline: 'One click is missing', paragraphs: [HELLO, 'you asked us to write to {{ profile.email }}. Please confirm that the address is yours and that you want our mails.'],
		button: { text: 'Yes, write to me', href: '{{ links.confirmUrl }}' }, note: 'If it was not you, do nothing: without the click we will not write again.', sample: { profile: ANN },
	},
	{
		key: 'abandoned-cart', name: 'Abandoned Cart', description: 'Reminds of what was left in the cart', purpose: 'marketing', subject: 'Your cart is still here', preheader: '{% assign n = event.properties.products | size %}{{ n | plural: one: "One thing is waiting for you", other: "# things are waiting for you" }}',
		headline: 'You left something behind', paragraphs: [HELLO, 'what you chose is still in your cart. We keep it for you, but cannot promise that it stays in stock.'],
		button: { text: 'Back to my cart', href: '{{ event.properties.cartUrl | default: brand.url }}' }, products: 'event.properties.products', sample: { profile: ANN, event: { name: 'Cart Abandoned', properties: { cartUrl: 'https://shop.example.org/cart', products: PRODUCTS } } },
	},
	{
		key: 'feedback', name: 'Feedback', description: 'Asks how it went after an order', purpose: 'marketing', subject: 'How did we do?', preheader: 'One tap tells us what to do better',
		headline: 'How happy are you with your order?', paragraphs: [HELLO, 'your order has been with you for a few days now. 5 is very happy, 1 is not at all.'],
		rating: "{{ event.properties.feedbackUrl | default: brand.url }}?rating=RATING", button: { text: 'Tell us more', href: '{{ event.properties.feedbackUrl | default: brand.url }}' }, sample: { profile: ANN, event: { name: 'Order Delivered', properties: { feedbackUrl: 'https://shop.example.org/feedback' } } },
	},
	{
		key: 'birthday', name: 'Birthday', description: 'On the day itself', purpose: 'marketing', subject: 'Happy birthday{% if profile.firstName %}, {{ profile.firstName }}{% endif %}', preheader: 'Something small from us',
		headline: 'All the best for your new year', paragraphs: [HELLO, 'today is your day, and we would like to give you something: with the code below your next order costs less. It is valid for two weeks.', '<strong style="font-size: 20px; letter-spacing: 2px">{{ item.code | default: "BIRTHDAY" }}</strong>'],
		button: { text: 'Choose a present', href: SITE }, sample: { profile: ANN, item: { code: 'ANN-2026' } },
	},
	{
		key: 'cross-sell', name: 'Cross-Sell', description: 'What goes with the last order', purpose: 'marketing', subject: 'Goes well with your last order', preheader: 'Picked by what others chose next',
		headline: 'People who chose the same also liked', paragraphs: [HELLO, 'we looked at what others took along with your last order. Perhaps there is something for you.'],
		button: { text: 'See more', href: SITE }, products: 'item.products', sample: { profile: ANN, item: { products: PRODUCTS } },
	},
	{
		key: 'best-customers', name: 'Best Customers', description: 'Thanks those who buy most, and lets them in first', purpose: 'marketing', subject: 'You first', preheader: 'A day before everybody else',
		headline: 'Thank you for staying with us', paragraphs: [HELLO, 'you are one of our best customers, so you see what is new a day before everybody else. No code, no catch: the link is yours.'],
		button: { text: 'See what is new', href: SITE }, products: 'item.products', sample: { profile: ANN, item: { products: PRODUCTS } },
	},
	{
		key: 'win-back', name: 'Win-Back', description: 'For those who have not bought for long', purpose: 'marketing', subject: 'It has been a while', preheader: 'What has changed since your last visit',
		headline: 'We have missed you', paragraphs: [HELLO, 'your last visit{% if profile.lastOrderAt %} on {{ profile.lastOrderAt | date: "day" }}{% endif %} was a while ago, and a lot has changed since. Have a look; and if our mails are no longer for you, tell us below which ones are.'],
		button: { text: 'What is new', href: SITE }, sample: { profile: { ...ANN, lastOrderAt: '2025-11-03' } },
	},
	{
		key: 'store-visit', name: 'Store Visit', description: 'After somebody came near a shop', purpose: 'marketing', subject: 'Around the corner from you', preheader: 'Open today, and glad to see you',
		headline: 'Our shop is close to you', paragraphs: [HELLO, 'next time you pass by{% if item.store %} {{ item.store }}{% endif %}, come in: we have your size there, and the coffee is on us.{% if item.hours %} We are open {{ item.hours }}.{% endif %}'],
		button: { text: 'Show me the way', href: SITE }, sample: { profile: ANN, item: { store: 'Main Street 1', hours: 'until 8 pm' } },
	},
	{
		key: 'lead-nurture', name: 'Lead Nurture', description: 'For somebody who is interested and has not decided', purpose: 'marketing', subject: 'Three questions to ask before you decide', preheader: 'A short read of two minutes',
		headline: 'What others wish they had asked first', paragraphs: [HELLO, 'you looked at {{ event.properties.topic | default: "what we do" }}. Before they decided, others asked: How long does it take until it works? What does it cost in the second year? Who helps when something breaks?', 'We have written our answers down, the uncomfortable ones too.'],
		button: { text: 'Read the answers', href: SITE }, sample: { profile: ANN, event: { name: 'Guide Downloaded', properties: { topic: 'our planning tool' } } },
	},
];

/** Throws NOT_FOUND. */
export function starterOf(key: string): Starter {
	const starter = STARTERS.find((one) => one.key === key);
	if (starter === undefined) throw new EngineError('NOT_FOUND', `There is no starter "${key}". There are ${STARTERS.map((one) => one.key).join(', ')}.`);
	return starter;
}
