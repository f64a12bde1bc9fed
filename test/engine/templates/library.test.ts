import { asksForCoupons, imagesIn } from '../../../engine/templates';

describe('What a text asks of the library', () => {
	it.each([
		['a tag', "{% coupon 'welcome' %}"],
		['a tag that takes blanks away', "{%- coupon 'welcome' as gift -%}"],
		['the first line of a liquid tag', "{% liquid coupon 'welcome' %}"],
		['a later line of a liquid tag', "{%- liquid\n  if profile.vip\n    coupon 'welcome'\n  endif\n-%}"],
	])('is a coupon in %s', (_what, text) => {
		expect(asksForCoupons(['Hello', text])).toBe(true);
	});

	it('is no coupon where one only speaks of them', () => {
		expect(asksForCoupons(['Your coupon is waiting', '{% liquid echo profile.name %}', '{{ item.coupon }}'])).toBe(false);
	});

	it('is an image by its name, in lines of a liquid tag too', () => {
		expect(imagesIn(["{% image 'hero', 600 %}", "{% liquid\n  assign a = 1\n  image 'foot', 300 %}", "{% liquid image 'head', 20 %}"])).toEqual(new Set(['hero', 'foot', 'head']));
	});
});
