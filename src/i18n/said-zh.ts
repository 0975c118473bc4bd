/** Chinese of the sentences that are made outside of the page, by their English templates (`sentence.ts`). */
export const saidZh: Readonly<Record<string, string>> = {
  'This looks like a defect of the program; please report it with the steps that led here.':
    '这看来是程序的缺陷；请报告它，并写明怎样走到这里。',

  // Devices and memory.
  'The graphics device was lost ({0}).': '图形设备丢失（{0}）。',
  'The graphics device was lost.': '图形设备丢失。',
  'Close other pages and programs that use the GPU and start again, or choose WASM.':
    '请关闭其他使用显卡的网页和程序后重新开始，或改用 WASM。',
  'WebGPU reported: {0}': 'WebGPU 报告：{0}',
  'Start again, or choose WASM; if it happens each time, please report it.':
    '请重新开始，或改用 WASM；若每次都这样，请报告。',
  'Memory ran out: {0}.': '内存不足：{0}。',
  'Memory ran out.': '内存不足。',
  'Close other pages and programs, or choose a smaller model or a smaller batch.':
    '请关闭其他网页和程序，或选择更小的模型、更小的批量。',
  'Memory does not suffice for a single image of this model.': '内存连这个模型的一张图片也放不下。',
  'Choose a smaller model, or close other pages and programs and start again.':
    '请选择更小的模型，或关闭其他网页和程序后重新开始。',
  'Memory ran out, and going on with fewer images at a time failed. {0}': '内存不足，减少每次的图片后仍然失败。{0}',
  'The last good border is kept; reload the page, and choose a smaller model or close other pages and programs.':
    '最后一个完好的边框已保留；请重新载入页面，选择更小的模型，或关闭其他网页和程序。',
  'The graphics device could not be brought back in {0} tries. {1}': '尝试 {0} 次后图形设备仍未恢复。{1}',
  'The last good border is kept; close other pages and programs that use the GPU and start again, or open the page with ?backend=wasm.':
    '最后一个完好的边框已保留；请关闭其他使用显卡的网页和程序后重新开始，或以 ?backend=wasm 打开页面。',
  'The graphics adapter gave no device.': '显卡没有给出设备。',
  'Close other pages and programs that use the GPU and reload, or choose WASM.':
    '请关闭其他使用显卡的网页和程序后重新载入，或改用 WASM。',
  'Of the graphics adapters only a software one is left.': '图形适配器只剩下软件模拟的。',
  'Restart the browser, or open the page with ?backend=wasm.': '请重新启动浏览器，或以 ?backend=wasm 打开页面。',
  'ONNX Runtime does not answer any more since the graphics device was lost.':
    '图形设备丢失后，ONNX Runtime 不再应答。',
  'Reload the page, or choose WASM.': '请重新载入页面，或改用 WASM。',
  'No engine has been opened yet.': '还没有打开计算引擎。',
  'Reload the page.': '请重新载入页面。',

  // Which engine, and why.
  'WASM was asked for': '指定使用 WASM',
  'no WebGPU adapter': '没有 WebGPU 适配器',
  'only a software adapter, slower than WASM': '只有软件适配器，比 WASM 慢',
  'WebGPU did not start: {0}': 'WebGPU 未能启动：{0}',

  // The same run as a command.
  'The run was made on WebGPU, which the command line does not have: its curve will be the same within rounding.':
    '这次运行用的是 WebGPU，命令行没有它：曲线在舍入误差之内相同。',
  '--data is the folder or zip of "{0}" on your disk; its images are the same where result.json says the fingerprint {1}.':
    '--data 是您磁盘上“{0}”的文件夹或 zip；若 result.json 写的指纹是 {1}，图片就是同一批。',
  'How the images were arranged was not kept: it is the same run only where result.json says the fingerprint {0}.':
    '图片的编排没有保存：只有 result.json 写的指纹是 {0} 时，才是同一次运行。',
  '--arrangement is the file "{0}", with the classes, template and splits of this run: it is among the files here.':
    '--arrangement 是文件“{0}”，含这次运行的类别、模板和划分：它就在这里的文件之中。',
  '--model is a folder with the files of {0}{1}, sha256 {2} of its graphs and weights.':
    '--model 是含 {0}{1} 文件的文件夹，其图和权重的 sha256 是 {2}。',

  // Learning.
  'Learning stopped at step {0}: the loss or its gradient is no longer a finite number.':
    '学习在第 {0} 步停止：损失或其梯度不再是有限数。',
  'Learning stopped at step {0}: the validation loss is no longer a finite number.':
    '学习在第 {0} 步停止：验证损失不再是有限数。',
  'The last good border is kept; start again with fewer steps or a gentler recipe (quick, not paper).':
    '最后一个完好的边框已保留；请用更少的步数或更温和的配方（quick 而非 paper）重新开始。',
  'No model is loaded yet.': '还没有载入模型。',
  'Wait until the model is loaded, or load one.': '请等模型载入，或载入一个模型。',
  'No images are loaded yet.': '还没有载入图片。',
  'Choose a sample task, or drop a folder of images.': '请选择一个示例任务，或拖放一个图片文件夹。',
  'Nothing has been learned yet.': '还没有学到任何东西。',
  'Press Start first.': '请先按“开始”。',
  'The test images stay closed until a run has finished, since nobody should choose by them.':
    '运行完成之前，测试图片一直封存：不应有人按它们做选择。',
  'Let the run finish or press Stop, and look at validation images meanwhile.':
    '请让运行完成或按“停止”；此间可看验证图片。',

  // Keeping.
  'The browser has no room left to keep this run; learning goes on.': '浏览器已没有空间保存这次运行；学习继续进行。',
  'Remove runs or models that are no longer needed, or export this run before the page is left.':
    '请删除不再需要的运行或模型，或在离开页面之前导出这次运行。',
  'This run could not be kept ({0}); learning goes on.': '这次运行未能保存（{0}）；学习继续进行。',
  'It is tried again by itself; export the run before the page is left.':
    '程序会自行再试；请在离开页面之前导出这次运行。',
  'This browser keeps nothing for this page (a private window, or storage is forbidden): runs are gone when the page is left. Learning goes on.':
    '这个浏览器不为本页面保存任何东西（无痕窗口，或禁止了存储）：离开页面后运行就没有了。学习继续进行。',
  'Export this run before the page is left, or open the page in an ordinary window.':
    '请在离开页面之前导出这次运行，或在普通窗口中打开页面。',
  'This run is no longer there.': '这次运行已经不在了。',
  'It may have been removed in another tab: look at the list anew.': '它可能在另一个标签页中被删除：请重新看列表。',
  'Another tab is at work on this run.': '另一个标签页正在进行这次运行。',
  'Look at it there, or take it over: the other tab then stops at its last step.':
    '请在那里看它，或接管它：那个标签页会停在最后一步。',
  'This run belongs to the model {0}, which is not in use.': '这次运行属于模型 {0}，它现在没有在用。',
  'Load {0} first.': '请先载入 {0}。',
  'This run belongs to the images "{0}", which are not loaded as they were then.':
    '这次运行属于图片“{0}”，它们现在没有照当时的样子载入。',
  'Choose that sample first.': '请先选择那个示例。',
  'Open these images again: they are known by their pixels.': '请再次打开这些图片：程序按像素认得它们。',

  // Files brought in: projects and borders.
  '"{0}" was left out: {1}.': '“{0}”未采用：{1}。',
  '"{0}" is not in its list of files, and was passed over.': '“{0}”不在它的文件清单里，已略过。',
  'The images of "{0}" were left out: choose them again to go on with its runs.':
    '“{0}”的图片未采用：要继续它的运行，请重新选择图片。',
  'The images of "{0}" in this project are not those that its runs were learned on.':
    '此项目中“{0}”的图片不是其运行所学的那些。',
  'Choose the images again to go on with its runs.': '要继续它的运行，请重新选择图片。',
  'its record is missing': '缺少它的记录',
  'its list of images is missing': '缺少图片清单',
  'it is missing': '文件缺失',
  'it is damaged': '已损坏',
  'it is cut off': '内容不完整',
  'it is nested too deep': '嵌套太深',
  'it does not begin as it should': '开头不对',
  'its checksum is not true': '校验和不符',
  '{0} is cut off': '{0} 不完整',
  'there is more than its header says': '内容多于文件头所写',
  'its content is not what was saved': '内容与保存时不同',
  'it is not as long as its images': '长度与图片不符',
  'the image "{0}" is not the one that was saved': '图片“{0}”不是当初保存的那张',
  '"{0}" is not as it should be': '“{0}”不合规定',
  'its columns are not of one length': '各列长度不一',
  'it is no border of {0} pixels': '不是 {0} 像素图片的边框',
  'it is no border of {0} pixels on images of {1}': '不是 {1} 像素图片上宽 {0} 像素的边框',
  'an image is of a class that there is not': '有图片属于不存在的类别',
  'it is not a record of a run': '不是运行的记录',
  'it was made by a newer version of this program': '由本程序更新的版本写成',
  'nobody knows version {0} of it any more': '它的第 {0} 版已无法识别',
  '"{0}" of its record is not as it should be': '记录中的“{0}”不合规定',
  'its record is not as it should be': '记录不合规定',
  '"{0}" is larger than any project.': '“{0}”比任何项目都大。',
  'Choose a project, a border, or a checkpoint of a border.': '请选择项目、边框或边框的检查点。',
  '"{0}" is not a project of this program.': '“{0}”不是本程序的项目。',
  'Choose a project file that was saved here; single borders are opened as safetensors or .pth.tar.':
    '请选择在此保存的项目文件；单个边框请用 safetensors 或 .pth.tar 打开。',
  '"{0}" was made by a newer version of this program.': '“{0}”由本程序更新的版本写成。',
  'Load the page anew to get the newest version, then open the file again.':
    '请重新载入页面以取得最新版本，再打开此文件。',
  '"{0}" was made by a version of this program that is too old to be read ({1}).':
    '“{0}”由本程序过旧的版本（{1}）写成，无法读取。',
  'Open it with the version that made it, and export its borders as safetensors.':
    '请用写它的版本打开，把其中的边框导出为 safetensors。',
  'The project "{0}" is damaged: "{1}" of its manifest is not as it should be.':
    '项目“{0}”已损坏：清单中的“{1}”不合规定。',
  'Save the project again, or take an earlier copy of the file.': '请重新保存项目，或改用该文件较早的副本。',
  '"{0}" is damaged: {1}.': '“{0}”已损坏：{1}。',
  '"{0}" is encrypted or packed in an unusual way ("{1}").': '“{0}”已加密，或压缩方式不常见（“{1}”）。',
  'Save it without a password.': '请不用密码重新保存。',
  '"{0}" is not a zip, or its end is missing.': '“{0}”不是 zip，或缺少结尾。',
  '"{0}" holds a path that leads out of it: "{1}".': '“{0}”中有通向外面的路径：“{1}”。',
  '"{0}" unpacks to more than this program takes ({1}).': '“{0}”解开后超过本程序所能接收的量（{1}）。',
  'Save or fetch the file again; if it stays so, it was not made by the program that it should come from.':
    '请重新保存或获取此文件；若仍是这样，它就不是由应有的程序写成的。',
  '{0} entries': '{0} 个文件',
  'over {0} MB': '超过 {0} MB',
  'its end is missing': '缺少结尾',
  'its end is not whole': '结尾不完整',
  'its list of files is not whole': '文件清单不完整',
  'its list of files is not where it should be': '文件清单不在应在的位置',
  'an entry does not unpack': '有一项无法解开',
  '"{0}" is not whole': '“{0}”不完整',
  'it holds "{0}" twice': '其中“{0}”出现两次',
  '"{0}" is not a safetensors file that can be read: {1}': '“{0}”不是可读的 safetensors 文件：{1}',
  '"{0}" is not a safetensors file that can be read: {1}.': '“{0}”不是可读的 safetensors 文件：{1}。',
  'Save it anew with the safetensors library, or export it again from this program.':
    '请用 safetensors 库重新保存，或从本程序重新导出。',
  'it is too short': '文件太短',
  'its header is longer than the file': '文件头比文件还长',
  '"{0}" holds no border: {1}.': '“{0}”里没有边框：{1}。',
  'it lacks {0}': '缺少 {0}',
  'its {0} is [{1}]': '它的 {0} 是 [{1}]',
  'Choose a border that was exported from this program, or a checkpoint of the visual-prompting code.':
    '请选择从本程序导出的边框，或 visual-prompting 代码的检查点。',
  'The border in "{0}" holds NaN or infinity.': '“{0}”中的边框含有 NaN 或无穷大。',
  'Export the border of an earlier step.': '请导出较早步骤的边框。',
  '"{0}" holds a patch, and not a border.': '“{0}”里是一块补丁，不是边框。',
  'Only prompts of the method "padding" can be opened here; learn one with --method padding.':
    '这里只能打开“padding”方法的提示；请用 --method padding 学习。',
  '"{0}" is not a border of the visual-prompting code: it lacks {1}, and has {2}.':
    '“{0}”不是 visual-prompting 代码的边框：缺少 {1}，只有 {2}。',
  'no tensors': '零个张量',
  'only {0}': '{0}',
  'Choose a checkpoint of that code (checkpoint.pth.tar or model_best.pth.tar, method "padding").':
    '请选择该代码的检查点（checkpoint.pth.tar 或 model_best.pth.tar，方法“padding”）。',
  '"{0}" is not a border of a square image: its {1} is [{2}].': '“{0}”不是方形图片的边框：它的 {1} 是 [{2}]。',
  'Choose a checkpoint of the visual-prompting code, method "padding".':
    '请选择 visual-prompting 代码的检查点，方法“padding”。',
  'The border in "{0}" is not made of numbers: its {1} holds NaN or infinity.':
    '“{0}”中的边框不全是数：它的 {1} 含有 NaN 或无穷大。',
  'Its learning went wrong; choose an earlier checkpoint, such as model_best.pth.tar.':
    '它的学习出了错；请选择较早的检查点，例如 model_best.pth.tar。',

  // Images.
  '"{0}" holds no file at all.': '“{0}”里没有任何文件。',
  '"{0}" holds {1} files, none of them an image that can be read here (e.g. "{2}").':
    '“{0}”里有 {1} 个文件，没有一个是这里能读的图片（例如“{2}”）。',
  'Choose a folder, or a zip of one, that holds a folder of JPEG, PNG or WebP images per class.':
    '请选择一个文件夹或它的 zip，其中每个类别一个文件夹，放 JPEG、PNG 或 WebP 图片。',
  'The pictures in "{0}" are HEIC files, which browsers cannot read.': '“{0}”里的图片是 HEIC 文件，浏览器读不了。',
  'Save them as JPEG: on an iPhone choose Settings, Camera, Formats, Most Compatible; on a Mac export them from Photos as JPEG.':
    '请另存为 JPEG：在 iPhone 上选择 设置、相机、格式、兼容性最佳；在 Mac 上从“照片”导出为 JPEG。',
  'None of the pictures in "{0}" can be read (e.g. "{1}": {2}).': '“{0}”里的图片读不了（例如“{1}”：{2}）。',
  'None of the {0} pictures in "{1}" can be read (e.g. "{2}": {3}).':
    '“{1}”里的 {0} 张图片没有一张能读（例如“{2}”：{3}）。',
  'Open them in another program to see whether they are whole, and save them as PNG or JPEG.':
    '请用别的程序打开，看它们是否完好，再存为 PNG 或 JPEG。',
  '"{0}" holds {1} files, more than the {2} that this program takes.':
    '“{0}”里有 {1} 个文件，多于本程序能收的 {2} 个。',
  'Take fewer images per class; a few hundred are plenty for a border.':
    '请每个类别少取一些图片；学一个边框，几百张已经很多。',
  'Reading the pictures was cancelled.': '读取图片已取消。',
  'Open them again: what was read is not read twice.': '请再次打开：读过的不会再读。',
  'There is no room left for the decoded pictures.': '没有空间存放解码后的图片。',
  'The decoded pictures need {0}, and this browser leaves room for {1}.': '解码后的图片需要 {0}，浏览器只留下 {1}。',
  'Forget albums that are kept here (Images, Kept albums), free space on the disk, or take fewer pictures.':
    '请忘掉保存在这里的相册（图片，保存的相册）、腾出磁盘空间，或少取一些图片。',

  // Why a file was not taken (ui/images/leftOutKinds.ts).
  'the same picture again': '与另一张图片相同',
  'the same picture in two classes': '同一张图片在两个类别里',
  'does not decode': '无法解码',
  'cannot be read': '读不了',
  'too small': '太小',
  'an image that cannot be read here: save it as PNG or JPEG': '这里读不了的图片：请存为 PNG 或 JPEG',
  'named in a table, but not among the pictures': '表中写了，图片里却没有',
  'not an image file': '不是图片文件',
  'empty, or it could not be read': '空文件，或读不了',
  'larger than 256 MB': '大于 256 MB',
  'an empty folder': '空文件夹',
  'a folder without a picture that can be read': '没有可读图片的文件夹',
  'lies outside the train, val and test folders': '在 train、val、test 文件夹之外',
  'the table of labels gives it two classes': '标签表给了它两个类别',
  'browsers cannot read HEIC: save it as JPEG (on an iPhone: Settings, Camera, Formats, Most Compatible)':
    '浏览器读不了 HEIC：请存为 JPEG（iPhone：设置、相机、格式、兼容性最佳）',

  // What is wrong with an arrangement of the classes.
  'The template "{0}" does not hold {} once, where the name of the class goes.':
    '模板“{0}”中没有恰好一个 {}，类别名称放在那里。',
  'Write {} in the place of the name, as in "This is a photo of a {}".':
    '请在名称的位置写 {}，例如“This is a photo of a {}”。',
  'The pictures have no classes yet.': '图片还没有类别。',
  'There is one class only, "{0}": there is nothing to tell apart.': '只有一个类别“{0}”：没有什么可区分。',
  'Give the pictures classes under Images, or drop one folder of pictures per class.':
    '请在“图片”里给图片分类，或每个类别拖放一个文件夹。',
  'Add pictures of at least one other class: drop the folder that holds both class folders.':
    '请至少再加一个类别的图片：拖放包含两个类别文件夹的那个文件夹。',
  'Two classes are called {0}, and the model could not tell them apart.': '有两个类别都叫 {0}，模型无法区分。',
  'Merge them, or give them different names.': '请合并它们，或改用不同的名称。',
  'The class "{0}" has one picture, too few to be split into train, val, test.':
    '类别“{0}”只有一张图片，太少，不能分成训练、验证、测试。',
  'The class "{0}" has {1} pictures, too few to be split into train, val, test.':
    '类别“{0}”只有 {1} 张图片，太少，不能分成训练、验证、测试。',
  'The class {0} has no picture in the {1} split.': '类别 {0} 在 {1} 划分中没有图片。',
  'The classes {0} have no picture in the {1} split.': '类别 {0} 在 {1} 划分中没有图片。',
  'Give every class at least 3 pictures (twenty or more are better), exclude it, or change the split.':
    '请给每个类别至少 3 张图片（二十张以上更好）、排除它，或改变划分。',
  'Fewer than {0} pictures to learn from: {1}.': '可学的图片少于 {0} 张：{1}。',
  'What is measured on so few says little; add pictures, or merge or exclude classes.':
    '用这么少的图片测出的结果说明不了什么；请添加图片，或合并、排除类别。',
  'The classes are unbalanced: "{0}" has {1} pictures to learn from, "{2}" {3}.':
    '各类别不均衡：“{0}”有 {1} 张可学的图片，“{2}”有 {3} 张。',
  'Accuracy will mostly tell about the large ones; a number of shots per class evens the training out.':
    '准确率主要反映大的类别；规定每个类别的张数可使训练均衡。',
  'One group of near-duplicates lies in more than one split.': '有一组近似重复的图片分在不止一个划分里。',
  '{0} groups of near-duplicates lie in more than one split.': '有 {0} 组近似重复的图片分在不止一个划分里。',
  'Keep near-duplicates in the same split, so that test pictures are new to the border.':
    '请把近似重复的图片放在同一划分里，使测试图片对边框是新的。',
  'One picture has no class and takes no part.': '有一张图片没有类别，不参加。',
  '{0} pictures have no class and take no part.': '有 {0} 张图片没有类别，不参加。',
  'Give them a class under Images, or leave them out.': '请在“图片”里给它们分类，或把它们去掉。',

  // Models and the network.
  '{0} cannot be reached: {1} could not be fetched.': '{0}无法访问：未能取得 {1}。',
  'The server of this page, {0},': '本页面的服务器 {0} ',
  'The server {0}': '服务器 {0} ',
  'Start it again (npm start), or check the network, then try once more: nothing is lost, and the page need not be reloaded.':
    '请重新启动它（npm start），或检查网络，然后再试一次：什么也没有丢失，也不必重新载入页面。',
  'Check the network, then try once more: nothing is lost, and the page need not be reloaded.':
    '请检查网络，然后再试一次：什么也没有丢失，也不必重新载入页面。',
  'There is no file {0} at {1}.': '{1} 上没有文件 {0}。',
  'Check the address that models are fetched from, or choose another variant of the model.':
    '请检查取模型的地址，或选择模型的另一种变体。',
  '{0} refuses {1} (status {2}).': '{0} 拒绝给出 {1}（状态 {2}）。',
  'This model may need an account there. Choose another one, or fetch its files yourself and drop them here.':
    '这个模型在那里可能需要帐户。请选择另一个，或自己下载文件后拖放到这里。',
  'Try again later, or fetch models from another address.': '请稍后再试，或从别的地址取模型。',
  '{0}: {1} of {2} have come so far, and are kept.': '{0}：{2} 已取得 {1}，并已保留。',
  '{0} is busy': '{0} 正忙',
  '{0} has fallen silent': '{0} 不再应答',
  '{0} breaks off again and again': '{0} 一再中断',
  'Check the network, and try again later: the download goes on from there.':
    '请检查网络，稍后再试：下载会从那里继续。',
  'It asks to be left alone for {0}. Try again then: the download goes on from there.':
    '它要求等待 {0}。请那时再试：下载会从那里继续。',
  'What came as {0} from {1} is not the published file: {2}. It was thrown away.':
    '从 {1} 取得的 {0} 不是公布的文件：{2}。已经丢弃。',
  'Try once more. If the same comes again, fetch models from another address.':
    '请再试一次。若仍是这样，请从别的地址取模型。',
  'There is no more room to keep {0}: the disk is full, or what the browser allows this page is used up. {1} are kept.':
    '没有空间存放 {0}：磁盘已满，或浏览器给本页面的空间已用完。已保留 {1}。',
  '{0} of {1}': '{0}（共 {1}）',
  'Free disk space, or forget a model that is no longer needed; the download then goes on from there.':
    '请腾出磁盘空间，或忘掉不再需要的模型；下载会从那里继续。',
  '{0} needs {1} of storage, and the browser has {2} left for this page.':
    '{0} 需要 {1} 存储，浏览器给本页面还剩 {2}。',
  'Free disk space, forget a model that is no longer needed, or choose a smaller variant.':
    '请腾出磁盘空间、忘掉不再需要的模型，或选择更小的变体。',
  '{0} of {1} is no longer kept by the browser.': '浏览器已不再保存 {1} 的 {0}。',
  'Fetch the model again, and load it; what was learned so far is not lost by that.':
    '请重新取得模型并载入；已学到的不会因此丢失。',
  '{0} of {1} was stored, and cannot be read back.': '{1} 的 {0} 已存下，却读不回来。',
  'The disk may be failing, or the browser has cleared its files. Try once more.':
    '磁盘可能有故障，或浏览器清除了文件。请再试一次。',
  '{0} was refused (status {1}).': '{0} 被拒绝（状态 {1}）。',
  'Try again later.': '请稍后再试。',
  'The download of {0} broke off.': '{0} 的下载中断了。',
  'Check that its server still runs and the network too, then try once more.':
    '请检查它的服务器是否还在运行、网络是否正常，然后再试一次。',
  'The background worker of this page could not be fetched.': '未能取得本页面的后台程序。',
  'Check that its server still runs (npm start) and the network, then reload the page.':
    '请检查服务器是否还在运行（npm start）和网络，然后重新载入页面。',

  // Designs of prompts, prompts of other programs, mappings.
  'A border of {0} pixels leaves nothing of a picture of {1}.': '{0} 像素的边框使 {1} 像素的图片一点不剩。',
  'A prompt of {0} pixels is of a lower rank than {1}.': '{0} 像素的提示，秩达不到 {1}。',
  'Choose a smaller prompt, or a model of larger pictures.': '请选择更小的提示，或使用更大图片的模型。',
  'The prompt to start from does not fit: {0} is [{1}] where [{2}] is learned.':
    '起始提示不合适：{0} 是 [{1}]，而要学习的是 [{2}]。',
  'Choose a prompt of the same design, size and model.': '请选择设计、大小和模型都相同的提示。',
  'A low-rank prompt cannot start from a picture.': '低秩提示不能从图片开始。',
  'Start it from zero, from noise or from a file, or choose a full prompt.': '请从零、噪声或文件开始，或选择全图提示。',
  'The task has {0} classes of {1} outputs each, the classifier only {2} outputs.':
    '任务有 {0} 个类别、每类 {1} 个输出，而分类器只有 {2} 个输出。',
  'Take fewer outputs a class, a task of fewer classes, or a classifier with more outputs.':
    '请减少每类的输出，选择类别更少的任务，或输出更多的分类器。',
  '"{0}" is not the prompt that it was opened as: {1}.': '“{0}”不是所打开的那种提示：{1}。',
  'Choose the code that it comes from, or another file.': '请选择它所来自的代码，或另一个文件。',
  'its {0} is [{1}], not square': '它的 {0} 是 [{1}]，不是方形',
  'its patch is [{0}], not square': '它的 patch 是 [{0}]，不是方形',
  'its bars are [{0}] and [{1}]': '它的两条分别是 [{0}] 和 [{1}]',
  'its mask is not a frame of ones around a square of zeros': '它的 mask 不是一圈 1 围着一块方形的 0',
  'its mask is not a border of one width': '它的 mask 不是宽度一致的边框',
  'The prompt in "{0}" is not made of numbers: its {1} holds NaN or infinity.':
    '“{0}”中的提示不全是数：它的 {1} 含有 NaN 或无穷大。',
  'Its learning went wrong; choose an earlier checkpoint.': '它的学习出了错；请选择较早的检查点。',
  '"{0}" is a picture, but not a prompt that this program exported as one.':
    '“{0}”是一张图片，但不是本程序以图片导出的提示。',
  'Choose the PNG of a prompt of whole steps (eight-bit), as it was exported, or a file of its values.':
    '请选择导出时的整级（8 位）提示 PNG，或存有其数值的文件。',

  // Learned words.
  "The text tower's token embeddings cannot be found: {0} of its nodes look tokens up, not one.":
    '找不到文本塔的词元嵌入：有 {0} 个节点在查词元表，而应是一个。',
  'Learn on its pixels instead, or export the text tower with one token table, as the published CLIPs are.':
    '请改为在像素上学习，或像已发布的 CLIP 那样以一张词元表导出文本塔。',
  "The text tower's token embeddings have the shape [{0}], not [texts, tokens, width].":
    '文本塔的词元嵌入形状为 [{0}]，而不是 [文本数, 词元数, 宽度]。',
  'Export the text tower as the published CLIPs are.': '请像已发布的 CLIP 那样导出文本塔。',
  'The class "{0}" does not fit behind a context of {1} tokens: the model reads {2} tokens.':
    '类别“{0}”放不进 {1} 个词元的上下文之后：模型只读 {2} 个词元。',
  'Shorten its name, or learn fewer context tokens.': '请缩短名称，或学习更少的上下文词元。',
  'The context has the shape [{0}], and the tokens of this model are {1} numbers each.':
    '上下文的形状为 [{0}]，而这个模型的每个词元是 {1} 个数。',
  'Take the model that it was learned on.': '请使用学习它时所用的模型。',
  'The context was learned for {0} classes, each its own, and there are {1} classes here.':
    '上下文是为 {0} 个类别各自学习的，而这里有 {1} 个类别。',
  'Take a context that all classes share for other classes than it was learned on.':
    '要用于其他类别，请使用所有类别共用的上下文。',

  // Studies.
  'A study is being measured, and nothing is learned beside it.': '正在对比各种方法，其间不学习。',
  'Wait for its end, or stop it in the view Study: what it has measured is kept.':
    '请等它结束，或在“对比实验”页停止它：已测的都会保留。',
  'A run is going on, and nothing is measured beside it.': '正在运行，其间不作对比。',
  'Wait for its end, or pause or stop it, and start the study then.': '请等它结束，或将其暂停、停止，再开始对比。',
  'Nothing of this study has been measured yet.': '这次对比还没有测得任何结果。',
  'Start it first.': '请先开始。',
  'This study names a method that this program does not know.': '这次对比中有本程序不认识的方法。',
  'Choose its methods anew.': '请重新选择方法。',
  'The browser has no room left to keep what the study measured; it goes on.':
    '浏览器已没有空间保存对比所测的结果；对比继续进行。',
  'Remove runs or models that are no longer needed, or export the study before the page is left.':
    '请删除不再需要的运行或模型，或在离开页面前导出对比。',
  'What the study measured could not be kept ({0}); it goes on.': '对比所测的结果无法保存（{0}）；对比继续进行。',
  'Export the study before the page is left.': '请在离开页面前导出对比。',
  'What has been measured is kept: start again to go on, with a smaller model or other pages and programs closed.':
    '已测的都会保留：请换较小的模型，或关闭其他页面和程序，再重新开始以继续。',
  'The part of this page that measures methods could not be fetched.': '无法获取本页中用于对比方法的部分。',

  // Tuning for one picture.
  'This model reads no text, and the words of a prompt are what is tuned.':
    '这个模型不读文字，而调整的正是提示的词语。',
  'Choose a CLIP at the top left.': '请在左上角选择一个 CLIP。',
  'A run is at work, and nothing is tuned beside it.': '有运行正在进行，其间不作调整。',
  'Pause or stop it, or wait for its end; then tune.': '请暂停或停止它，或等它结束，然后再调整。',
  'The tuning was ended before it was done.': '调整在完成之前就结束了。',
  'Begin it once more when you like.': '可随时重新开始。',
  'The part of this page that tunes prompts could not be fetched.': '无法获取本页中用于调整提示的部分。',
  'The {0} of this context has the shape [{1}]; on this model it would be [{2}].':
    '这个上下文的 {0} 形状为 [{1}]；在这个模型上应为 [{2}]。',

  // Methods on features.
  'A linear probe of {0} pictures and {1} classes needs more memory than this program takes.':
    '{0} 张图片、{1} 个类别的线性探测所需内存超过本程序的上限。',
  'Learn on fewer pictures a class (shots), or on fewer classes.': '请减少每类的图片，或减少类别。',
  'What was saved does not fit this model and these classes: {0} is {1}.':
    '保存的内容与这个模型和这些类别不符：{0} 为 {1}。',
  'Open the model and the images that it was learned with, or learn again.':
    '请打开学习时所用的模型和图片，或重新学习。',

  // Fine-tuning.
  'Fine-tuning all {0} weights of this image tower takes about {1} MB of memory, and {2} MB are given to it here.':
    '微调这个图像塔的全部 {0} 个权重约需 {1} MB 内存，而这里分给它 {2} MB。',
  'Take a smaller model, such as Stamp, or learn a prompt or a linear probe on this one.':
    '请换用更小的模型（如 Stamp），或在这个模型上学习提示或线性探针。',
  'The weights of this image tower are {0}: steps of fine-tuning are too small for them.':
    '这个图像塔的权重是 {0}：微调的步子对它们来说太小。',
  'Take the model in float32.': '请使用 float32 的模型。',
}
