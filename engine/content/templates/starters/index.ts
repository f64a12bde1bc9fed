import { EngineError } from '../../../kernel';
import { SITE, type Starter } from './layout';

export { mailOf, type Starter } from './layout';

const HELLO = 'Hello {{ profile.firstName | default: "there" }},';
const ANN = { firstName: 'Ann', locale: 'en', email: 'ann@example.com' };
/** A page that the event names, else the shop's own. */
const pageOr = (property: string): string => `{{ event.properties.${property} | default: brand.url | default: 'https://www.example.com' }}`;
/** The item's own code, else one of the pool. */
const CODE = '<strong style="font-size: 20px; letter-spacing: 2px">{% if item.code %}{{ item.code }}{% else %}{% coupon \'birthday\' %}{% endif %}</strong>';
const PRODUCTS = [
	{ name: 'Desk lamp Arc', url: 'https://shop.example.org/arc', image: '', price: '49.90', currency: 'EUR' },
	{ name: 'Reading lamp Dot', url: 'https://shop.example.org/dot', image: '', price: '29.00', currency: 'EUR' },
];

/** One a journey that marketers begin with. Written for this package. */
export const STARTERS: readonly Starter[] = [
	{
		key: 'welcome', name: 'Welcome', description: 'First mail after somebody has signed up', purpose: 'marketing', subject: 'Welcome{% if profile.firstName %}, {{ profile.firstName }}{% endif %}', preheader: 'Three things to know before you start',
		headline: 'Good to have you here', paragraphs: [HELLO, 'Thank you for joining us. Over the next days we will show you, one short mail at a time, what others found most useful at the start.', 'If something is unclear, just answer this mail: a person reads it.'],
		button: { text: 'Take a look around', href: SITE }, sample: { profile: ANN, event: { name: 'Signed Up', properties: {} } },
	},
	{
		key: 'first-steps', name: 'First Steps', description: 'Second mail of a welcome series', purpose: 'marketing', subject: 'Where most people begin', preheader: 'What others looked at in their first week',
		headline: 'A good place to begin', paragraphs: [HELLO, 'Some days ago you joined us. If you have not found the time to look around: this is what others come back for.', 'No hurry. If nothing here is for you, tell us what you are looking for, and we will point you to it.'],
		button: { text: 'See all of it', href: SITE }, products: 'item.products | default: products.popular', sample: { profile: ANN, item: { products: PRODUCTS } },
	},
	{
		key: 'double-opt-in', name: 'Double Opt-In', description: 'Asks somebody to confirm that they want mails', purpose: 'transactional', subject: 'Please confirm your address', preheader: 'One click, and you are on the list',
		headline: 'One click is missing', paragraphs: [HELLO, 'You asked us to write to {{ profile.email }}. Please confirm that the address is yours and that you want our mails.'],
		button: { text: 'Yes, write to me', href: '{{ links.confirmUrl }}' }, note: 'If it was not you, do nothing: without the click we will not write again.', sample: { profile: ANN },
	},
	{
		key: 'abandoned-cart', name: 'Abandoned Cart', description: 'Reminds of what was left in the cart', purpose: 'marketing', subject: 'Your cart is still here', preheader: '{% assign n = event.properties.products | size %}{{ n | plural: one: "One thing is waiting for you", other: "# things are waiting for you" }}',
		headline: 'You left something behind', paragraphs: [HELLO, 'What you chose is still in your cart. We keep it for you, but cannot promise that it stays in stock.'],
		button: { text: 'Back to my cart', href: pageOr('cartUrl') }, products: 'event.properties.products', sample: { profile: ANN, event: { name: 'Cart Abandoned', properties: { cartUrl: 'https://shop.example.org/cart', products: PRODUCTS } } },
	},
	{
		key: 'feedback', name: 'Feedback', description: 'Asks how it went after an order', purpose: 'marketing', subject: 'How did we do?', preheader: 'One tap tells us what to do better',
		headline: 'How happy are you with your order?', paragraphs: [HELLO, 'Your order has been with you for a few days now. 5 is very happy, 1 is not at all.'],
		rating: "event.properties.feedbackUrl | default: brand.url | default: 'https://www.example.com'", button: { text: 'Tell us more', href: pageOr('feedbackUrl') }, sample: { profile: ANN, event: { name: 'Order Delivered', properties: { feedbackUrl: 'https://shop.example.org/feedback' } } },
	},
	{
		key: 'birthday', name: 'Birthday', description: 'On the day itself', purpose: 'marketing', subject: 'Happy birthday{% if profile.firstName %}, {{ profile.firstName }}{% endif %}', preheader: 'Something small from us',
		headline: 'All the best for your new year', paragraphs: [HELLO, 'Today is your day, and we would like to give you something: with the code below your next order costs less. It is valid for two weeks.', CODE],
		button: { text: 'Choose a present', href: SITE }, sample: { profile: ANN, item: { code: 'ANN-2026' } },
	},
	{
		key: 'cross-sell', name: 'Cross-Sell', description: 'What goes with the last order', purpose: 'marketing', subject: 'Goes well with your last order', preheader: 'Picked by what others chose next',
		headline: 'People who chose the same also liked', paragraphs: [HELLO, 'We looked at what others took along with your last order. Perhaps there is something for you.'],
		button: { text: 'See more', href: SITE }, products: 'item.products | default: products.also_bought', sample: { profile: ANN, item: { products: PRODUCTS } },
	},
	{
		key: 'up-sell', name: 'Up-Sell', description: 'The better one of what somebody bought', purpose: 'marketing', subject: 'When you are ready for the next one', preheader: 'A step up from what you have',
		headline: 'A step up from what you have', paragraphs: [HELLO, 'You know by now what you like. These are what people with your taste chose when they wanted something better.', 'What you have keeps its value: ask us what we give you for it.'],
		button: { text: 'Compare them', href: SITE }, products: 'item.products | default: products.same_category', sample: { profile: ANN, item: { products: PRODUCTS } },
	},
	{
		key: 'best-customers', name: 'Best Customers', description: 'Thanks those who buy most, and lets them in first', purpose: 'marketing', subject: 'You first', preheader: 'A day before everybody else',
		headline: 'Thank you for staying with us', paragraphs: [HELLO, 'You are one of our best customers, so you see what is new a day before everybody else. No code, no catch: the link is yours.'],
		button: { text: 'See what is new', href: SITE }, products: 'item.products | default: products.recommended', sample: { profile: ANN, item: { products: PRODUCTS } },
	},
	{
		key: 'win-back', name: 'Win-Back', description: 'For those who have not bought for long', purpose: 'marketing', subject: 'It has been a while', preheader: 'What has changed since your last visit',
		headline: 'We have missed you', paragraphs: [HELLO, 'Your last visit{% if profile.lastOrderAt %} on {{ profile.lastOrderAt | date: "day" }}{% endif %} was a while ago, and a lot has changed since. Have a look; and if our mails are no longer for you, tell us below which ones are.'],
		button: { text: 'What is new', href: SITE }, sample: { profile: { ...ANN, lastOrderAt: '2025-11-03' } },
	},
	{
		key: 'store-visit', name: 'Store Visit', description: 'After somebody came near a shop', purpose: 'marketing', subject: 'Around the corner from you', preheader: 'Open today, and glad to see you',
		headline: 'Our shop is close to you', paragraphs: [HELLO, 'Next time you pass by{% if item.store %} {{ item.store }}{% endif %}, come in: we have your size there, and the coffee is on us.{% if item.hours %} We are open {{ item.hours }}.{% endif %}'],
		button: { text: 'Show me the way', href: SITE }, sample: { profile: ANN, item: { store: 'Main Street 1', hours: 'until 8 pm' } },
	},
	{
		key: 'lead-nurture', name: 'Lead Nurture', description: 'For somebody who is interested and has not decided', purpose: 'marketing', subject: 'Three questions to ask before you decide', preheader: 'A short read of two minutes',
		headline: 'What others wish they had asked first', paragraphs: [HELLO, 'You looked at {{ event.properties.topic | default: "what we do" }}. Before they decided, others asked: How long does it take until it works? What does it cost in the second year? Who helps when something breaks?', 'We have written our answers down, the uncomfortable ones too.'],
		button: { text: 'Read the answers', href: SITE }, sample: { profile: ANN, event: { name: 'Guide Downloaded', properties: { topic: 'our planning tool' } } },
	},
	{
		key: 'lead-offer', name: 'Lead Offer', description: 'Last mail to somebody who is interested and has not decided', purpose: 'marketing', subject: 'Half an hour with somebody who knows', preheader: 'No slides, and no call afterwards',
		headline: 'Shall we look at your case?', paragraphs: [HELLO, 'Reading only goes so far. If you like, one of us looks at {{ event.properties.topic | default: "your plans" }} with you, half an hour, on your screen or on ours.', 'If it is not for us, we say so. And this is our last mail about it: we do not chase anybody.'],
		button: { text: 'Choose a time', href: pageOr('bookingUrl') }, sample: { profile: ANN, event: { name: 'Guide Downloaded', properties: { topic: 'our planning tool', bookingUrl: 'https://shop.example.org/book' } } },
	},
];

/** Throws NOT_FOUND. */
export function starterOf(key: string): Starter {
	const starter = STARTERS.find((one) => one.key === key);
	if (starter === undefined) throw new EngineError('NOT_FOUND', `There is no starter "${key}". There are ${STARTERS.map((one) => one.key).join(', ')}.`);
	return starter;
}
