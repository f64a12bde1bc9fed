import { routerOf } from '../../shared/operations';
import { GUARDED } from '../guarded';
import * as coupon from './coupon/Coupon.resource';
import * as image from './image/Image.resource';
import * as product from './product/Product.resource';
import * as template from './template/Template.resource';

export const router = routerOf({ coupon: coupon.operations, image: image.operations, product: product.operations, template: template.operations }, GUARDED);
