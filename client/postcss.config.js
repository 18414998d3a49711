import pxtorem from "postcss-pxtorem";

/** All sizes follow the text size of the settings, Vant's too. Hairlines, and what is written in PX, stay as they are. */
export default { plugins: [pxtorem({ rootValue: 16, propList: ["*"], minPixelValue: 2 })] };
