/** What a fresh Journey Email starts with: a complete, good-looking mail that is edited rather than written. */
export const DEFAULT_SUBJECT = 'Welcome{% if profile.firstName %}, {{ profile.firstName }}{% endif %}';

export const DEFAULT_MJML = `<mjml>
  <mj-head>
    <mj-attributes>
      <mj-all font-family="Helvetica, Arial, sans-serif" />
      <mj-text font-size="16px" line-height="26px" color="#3a3f51" />
      <mj-button background-color="#6c4cf1" color="#ffffff" font-size="16px" font-weight="bold" border-radius="8px" inner-padding="14px 28px" align="left" />
    </mj-attributes>
  </mj-head>
  <mj-body background-color="#f4f4f8" width="600px">
    <mj-section padding="24px 0 0" />
    <mj-section background-color="#ffffff" border-radius="12px" padding="32px 24px">
      <mj-column>
        <mj-text font-size="24px" line-height="32px" font-weight="bold" color="#1d2030">
          Hello {{ profile.firstName | default: "there" }},
        </mj-text>
        <mj-text>
          thank you for joining us. In the next days we will show you how to get the most out of it, one short mail at a time.
        </mj-text>
        <mj-button href="https://www.example.com/start">Take the first step</mj-button>
        <mj-text>
          Questions? Just answer this mail.
        </mj-text>
      </mj-column>
    </mj-section>
    <mj-section padding="16px 24px 32px">
      <mj-column>
        <mj-text font-size="13px" line-height="20px" color="#7a7f91" align="center">
          You get this mail because you signed up with {{ profile.email }}.<br />
          <a href="{{ links.unsubscribeUrl }}" style="color: #7a7f91">Unsubscribe</a>
        </mj-text>
      </mj-column>
    </mj-section>
  </mj-body>
</mjml>
`;

export const DEFAULT_HTML = `<p>Hello {{ profile.firstName | default: "there" }},</p>
<p>thank you for joining us.</p>
<p><a href="https://www.example.com/start">Take the first step</a></p>
<p style="font-size: 13px; color: #7a7f91"><a href="{{ links.unsubscribeUrl }}">Unsubscribe</a></p>
`;

export const DEFAULT_TEXT = `Hello {{ profile.firstName | default: "there" }},

thank you for joining us. Take the first step: https://www.example.com/start

Unsubscribe: {{ links.unsubscribeUrl }}
`;
