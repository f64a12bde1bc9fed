import type { EmailContent } from '../../../templates';

/** One mail to begin with, in English: texts hold Liquid. */
export interface Starter {
	key: string;
	name: string;
	/** Which journey it is for. */
	description: string;
	purpose: 'marketing' | 'transactional';
	subject: string;
	preheader: string;
	headline: string;
	paragraphs: readonly string[];
	button: { text: string; href: string };
	/** Liquid for a list that is shown as rows: products of a feed ({title, link, image_link, current_price, currency}) or of an event of Segment's ({name, url, image_url, price}). Empty: none are shown. */
	products?: string;
	/** Liquid for a page; five links in a row lead to it, with rating=1 to 5. */
	rating?: string;
	/** Small print below the button. */
	note?: string;
	sample: { profile: Record<string, string>; event?: { name: string; properties: Record<string, unknown> }; item?: Record<string, unknown> };
}

const MAIN = "{{ brand.colors.main | default: '#4338ca' }}";
const FONT = "{{ brand.fonts.text | default: 'Helvetica, Arial, sans-serif' }}";
export const SITE = "{{ brand.url | default: 'https://www.example.com' }}";

const ROW = `<mj-text font-weight="bold" padding="0 8px" css-class="ink"><a href="{{ link }}" style="color: #16181f; text-decoration: none">{{ name }}</a></mj-text>
          {% if price and price != "" %}<mj-text padding="2px 8px" css-class="ink">{% if currency and currency != "" %}{{ price | money: currency }}{% else %}{{ price | money }}{% endif %}</mj-text>{% endif %}`;

/** `rows`: assigned before. A product without a picture has the whole width. */
const PRODUCT_ROWS = `    {% for product in rows limit: 4 %}
    {% assign name = product.title | default: product.name %}
    {% assign image = product.image_link | default: product.image_url | default: product.image %}
    {% assign link = product.link | default: product.url | default: brand.url | default: 'https://www.example.com' %}
    {% assign price = product.current_price | default: product.price %}
    {% assign currency = product.currency | default: event.properties.currency %}
    <mj-section background-color="#ffffff" border-radius="{% if forloop.last %}0 0 10px 10px{% else %}0{% endif %}" padding="12px 16px 16px" css-class="card">
      <mj-group>
        {% if image and image != "" %}
        <mj-column width="30%" vertical-align="middle">
          <mj-image src="{{ image }}" alt="{{ name }}" href="{{ link }}" width="120px" border-radius="6px" padding="0 8px 0 16px" />
        </mj-column>
        <mj-column width="70%" vertical-align="middle">
          ${ROW}
        </mj-column>
        {% else %}
        <mj-column width="100%" vertical-align="middle">
          ${ROW.replaceAll(' 8px"', ' 16px"')}
        </mj-column>
        {% endif %}
      </mj-group>
    </mj-section>
    {% endfor %}
`;

/** Tables by MJML, one column on phones, colours of its own in the dark, the brand where there is one. */
export function mailOf(starter: Starter): EmailContent {
	return { subject: starter.subject, preheader: starter.preheader, body: { kind: 'mjml', source: mjmlOf(starter) } };
}

function mjmlOf({ headline, paragraphs, button, products, rating, note, purpose }: Starter): string {
	return `<mjml lang="en">
  <mj-head>
    <mj-title>${headline}</mj-title>
    <mj-raw><meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark"></mj-raw>
    <mj-attributes>
      <mj-all font-family="${FONT}" />
      <mj-text font-size="16px" line-height="26px" color="#30343f" padding="8px 32px" />
      <mj-button background-color="${MAIN}" color="#ffffff" font-size="16px" font-weight="bold" border-radius="6px" inner-padding="14px 26px" align="left" padding="16px 32px 24px" />
    </mj-attributes>
    <mj-style>
      @media (prefers-color-scheme: dark) {
        .page, .page > div { background-color: #14151b !important; }
        .card, .card > table { background: #20222c !important; background-color: #20222c !important; }
        .ink div, .ink a { color: #eceef5 !important; }
        .faint div, .faint a { color: #a9adbd !important; }
      }
      [data-ogsb] .page, [data-ogsb] .page > div { background-color: #14151b !important; }
      [data-ogsb] .card, [data-ogsb] .card > table { background-color: #20222c !important; }
      [data-ogsc] .ink div, [data-ogsc] .ink a { color: #eceef5 !important; }
      [data-ogsc] .faint div, [data-ogsc] .faint a { color: #a9adbd !important; }
    </mj-style>
  </mj-head>
  <mj-body background-color="#f3f4f8" width="600px" css-class="page">
    <mj-section padding="28px 0 20px">
      <mj-column>
        {% if brand.logo %}
        <mj-image src="{{ brand.logo }}" alt="{{ brand.name }}" href="${SITE}" width="140px" align="center" padding="0 32px" />
        {% else %}
        <mj-text align="center" font-weight="bold" font-size="18px" css-class="ink">{{ brand.name | default: "Your Shop" }}</mj-text>
        {% endif %}
      </mj-column>
    </mj-section>
${products === undefined ? '' : `    {% assign rows = ${products} %}\n`}    <mj-section background-color="#ffffff" border-radius="${products === undefined ? '10px' : '10px 10px {% if rows.size > 0 %}0 0{% else %}10px 10px{% endif %}'}" padding="24px 0 8px" css-class="card">
      <mj-column>
        <mj-text font-size="26px" line-height="34px" font-weight="bold" color="#16181f" css-class="ink">${headline}</mj-text>
${paragraphs.map((text) => `        <mj-text css-class="ink">${text}</mj-text>`).join('\n')}
${rating === undefined ? '' : ratingRow(rating)}        <mj-button href="${button.href}">${button.text}</mj-button>
${note === undefined ? '' : `        <mj-text font-size="13px" line-height="20px" color="#686d7d" padding="0 32px 20px" css-class="faint">${note}</mj-text>\n`}      </mj-column>
    </mj-section>
${products === undefined ? '' : PRODUCT_ROWS}    <mj-section padding="20px 0 40px">
      <mj-column>
        <mj-text font-size="12px" line-height="19px" color="#686d7d" align="center" css-class="faint">
          {{ brand.name | default: "Your Shop" }}{% if brand.address %}, {{ brand.address }}{% endif %}<br />
          ${purpose === 'marketing' ? '<a href="{{ links.preferencesUrl }}" style="color: #686d7d">Choose what you get</a> &middot; <a href="{{ links.unsubscribeUrl }}" style="color: #686d7d">Unsubscribe</a>' : 'You get this mail because you asked for it.'}
        </mj-text>
      </mj-column>
    </mj-section>
  </mj-body>
</mjml>
`;
}

function ratingRow(page: string): string {
	const cells = [1, 2, 3, 4, 5].map((n) => `<td align="center" style="padding: 4px"><a href="{{ page }}{% if page contains '?' %}&amp;{% else %}?{% endif %}rating=${n}" style="display: block; padding: 12px 0; border-radius: 6px; background: ${MAIN}; color: #ffffff; font-size: 16px; font-weight: bold; text-decoration: none">${n}</a></td>`);
	return `        {% assign page = ${page} %}
        <mj-table role="presentation" padding="8px 28px" cellpadding="0" width="100%"><tr>${cells.join('')}</tr></mj-table>\n`;
}
