/** A mail as shops send it: a greeting, a loop over the cart, a condition, a button, a footer. */
export const CART_SUBJECT = '{{ profile.firstName }}, you left {{ event.properties.products | size }} things behind';

export const CART_MJML = `<mjml>
  <mj-head><mj-preview>Still there for you</mj-preview></mj-head>
  <mj-body background-color="#f4f4f8">
    <mj-section background-color="#ffffff">
      <mj-column>
        <mj-text font-size="24px">Hello {{ profile.firstName | default: "there" }},</mj-text>
        <mj-text>your cart is kept until tomorrow{% if profile.plan == "pro" %}, and shipping is free for you{% endif %}.</mj-text>
      </mj-column>
    </mj-section>
    {% for product in event.properties.products %}
    <mj-section background-color="#ffffff">
      <mj-column width="30%"><mj-image src="{{ product.image }}" href="{{ product.url }}" alt="{{ product.name }}" /></mj-column>
      <mj-column width="70%">
        <mj-text><a href="{{ product.url }}">{{ product.name }}</a><br />{{ product.price | round: 2 }} EUR</mj-text>
      </mj-column>
    </mj-section>
    {% endfor %}
    <mj-section background-color="#ffffff">
      <mj-column>
        <mj-text>Total: {{ event.properties.total }} EUR</mj-text>
        <mj-button href="https://shop.example/cart?id={{ profile.id }}">Back to the cart</mj-button>
      </mj-column>
    </mj-section>
    <mj-section>
      <mj-column>
        <mj-text font-size="13px">You get this since you shop with us as {{ profile.email }}. <a href="{{ links.unsubscribeUrl }}">Unsubscribe</a> <a href="{{ links.preferencesUrl }}">Preferences</a></mj-text>
      </mj-column>
    </mj-section>
  </mj-body>
</mjml>
`;
