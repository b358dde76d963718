//! The people of the sample: Korean names as one meets them, all made up.

/// Name, and name in Latin letters for the user name.
pub type Person = (&'static str, &'static str);

/// 강사.
pub const LECTURERS: [Person; 4] = [
    ("박서연", "seoyeon.park"),
    ("이도현", "dohyun.lee"),
    ("정미란", "miran.jung"),
    ("최현우", "hyunwoo.choi"),
];

/// 담당자.
pub const MANAGER: Person = ("한지영", "jiyoung.han");

/// 수강생.
pub const LEARNERS: [Person; 34] = [
    ("김하늘", "haneul.kim"),
    ("이순자", "soonja.lee"),
    ("박영수", "youngsoo.park"),
    ("최은주", "eunju.choi"),
    ("정민호", "minho.jung"),
    ("강수빈", "subin.kang"),
    ("조현정", "hyunjung.cho"),
    ("윤태식", "taesik.yoon"),
    ("장미경", "mikyung.jang"),
    ("임재훈", "jaehoon.lim"),
    ("한소희", "sohee.han"),
    ("오정숙", "jungsook.oh"),
    ("서준영", "junyoung.seo"),
    ("신혜진", "hyejin.shin"),
    ("권오상", "osang.kwon"),
    ("황지우", "jiwoo.hwang"),
    ("안경희", "kyunghee.ahn"),
    ("송민재", "minjae.song"),
    ("전옥분", "okboon.jeon"),
    ("홍성민", "sungmin.hong"),
    ("유다은", "daeun.yoo"),
    ("고병철", "byungchul.ko"),
    ("문채원", "chaewon.moon"),
    ("양희선", "heesun.yang"),
    ("손기영", "kiyoung.son"),
    ("배수진", "sujin.bae"),
    ("백종원", "jongwon.paik"),
    ("허윤아", "yuna.heo"),
    ("남궁석", "seok.namgung"),
    ("심재은", "jaeeun.shim"),
    ("노명숙", "myungsook.roh"),
    ("하동균", "donggyun.ha"),
    ("곽예린", "yerin.kwak"),
    ("제갈민", "min.jegal"),
];

/// Met at the door of the yoga class, and not yet registered.
pub const MET_AT_THE_DOOR: Person = ("성춘자", "door-2026-01");
