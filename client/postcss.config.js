import pxtorem from "postcss-pxtorem";

/**
 * All sizes follow the text size of the settings, Vant's too. Hairlines stay hairlines, and the least height of what a
 * thumb hits stays what a thumb needs: larger text has to leave room for the rest of the card.
 */
export default { plugins: [pxtorem({ rootValue: 16, propList: ["*", "!min-height"], minPixelValue: 2 })] };
